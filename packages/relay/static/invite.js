// Shows the command with the link that this page was opened with. The part behind # holds the invitation: browsers do not
// send it to servers, and this script only writes it into the page and, when asked, into the clipboard.
const code = location.hash.slice(1);
const isComplete = /^[A-Za-z0-9_-]{40,}$/.test(code);
// Only letters, digits, - and _ come from the link, so that the quotes hold in every shell.
const command = `npx sirdas chat '${code}'`;

for (const element of document.querySelectorAll('.join')) {
  if (isComplete) element.textContent = command;
}
for (const element of document.querySelectorAll('.complete')) element.hidden = !isComplete;
for (const element of document.querySelectorAll('.incomplete')) element.hidden = isComplete;

for (const button of document.querySelectorAll('.copy')) {
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(command);
    button.textContent = button.dataset.done;
  });
}

// The visitor's language first.
if (!navigator.language.startsWith('tr')) {
  document.documentElement.lang = 'en';
  const main = document.querySelector('main');
  main.append(main.querySelector('section[lang="tr"]'));
}
addEventListener('hashchange', () => location.reload());
