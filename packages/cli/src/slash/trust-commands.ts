// The slash commands about trust: safety numbers, the check of a group, changed keys, the devices of the own account.
import { toSafeName } from '../terminal/safe-text.ts';
import { splitFirst } from './arguments.ts';
import { type SlashContext, withPerson } from './slash-context.ts';

/** Of the open conversation: the safety number, or the check of a group; of anybody with a name. */
export async function verify(context: SlashContext, argument: string): Promise<void> {
  const { model, panels } = context;
  const { open } = model.view;
  if (argument === 'confirm') await confirm(context);
  else if (argument === '' && open?.kind === 'group') {
    await model.attempt(async (client) => {
      const check = await client.groups.check(open.id);
      model.showPanel(panels.check(open, check, model.view));
    });
  } else {
    await withPerson(context, argument, async (client, nickname) =>
      model.showPanel(panels.safetyNumber(nickname, client.safetyNumber(nickname))),
    );
  }
}

/** What is confirmed is what was seen. */
async function confirm({ model, words }: SlashContext): Promise<void> {
  const shown = model.view.panel?.safetyNumber;
  if (shown === undefined) {
    model.tell('info', words.chat.verifyFirst);
    return;
  }
  await model.attempt(async (client) => {
    await client.markVerified(shown.nickname, shown.digits);
    model.showPanel(null);
    model.tell('info', words.chat.verified(shown.nickname));
  });
}

/** In a group without a name: the one member whose key has changed. */
export async function accept(context: SlashContext, argument: string): Promise<void> {
  const { model, words } = context;
  const { open, contacts } = model.view;
  const changed = open?.members.filter((member) => contacts.get(member)?.changedKey != null) ?? [];
  const only = argument === '' && open?.kind === 'group' && changed.length === 1 ? changed[0] : undefined;
  if (argument === '' && open?.kind === 'group' && only === undefined) {
    model.tell('info', words.chat.nameUsage('/accept'));
    return;
  }
  await withPerson(context, only ?? argument, async (client, nickname) => {
    const changedKey = model.view.contacts.get(nickname)?.changedKey ?? null;
    if (changedKey === null) {
      model.tell('info', words.chat.nothingToAccept(nickname));
      return;
    }
    await client.acceptKeyChange(nickname, changedKey);
    model.tell('info', words.chat.acceptedKey(nickname));
  });
}

/** `/devices` lists them, `/devices revoke NAME` takes one away after asking. CLI-106. */
export async function devices({ model, panels, words }: SlashContext, argument: string): Promise<void> {
  const [what, name] = splitFirst(argument);
  await model.attempt(async (client) => {
    const own = client.devices.list();
    if (what !== 'revoke') {
      model.showPanel(panels.devices(own));
      return;
    }
    const device = own.find(
      (candidate) => !candidate.isThis && (candidate.name === name || candidate.id === name),
    );
    if (device === undefined) {
      model.tell('info', words.chat.noSuchDevice(name));
      return;
    }
    const safeName = toSafeName(device.name, device.id);
    model.ask(words.chat.revokeQuestion(safeName), async () => {
      if (await model.attempt(() => client.devices.revoke(device.id))) {
        model.tell('info', words.chat.revoked(safeName));
      }
    });
  });
}
