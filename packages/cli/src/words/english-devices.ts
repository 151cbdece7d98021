// What is said in English about the devices of an account: linking, listing, removing, exporting, importing. Part of english.ts.

export const ENGLISH_DEVICES = {
  linking: {
    askRelay: 'Address of the relay, or any invite link of it: ',
    askOffer: 'The line that the new device shows: ',
    offer: (command: string) =>
      `On a device that has the account, run\n  ${command} devices approve\nand give it this line, or scan it. It is good for ten minutes and links nothing by itself.`,
    digits: (digits: string) => `Both devices show a number now. Here it is  ${digits}`,
    askSame: 'Does the other device show the same number? [y/N] ',
    yes: 'y',
    passphraseAgain: 'Passphrase of this vault, once more: ',
    waiting: 'Confirmed here. Waiting for the other device.',
    progress: (percent: number) => `Handing over: ${percent} %`,
    linked: (name: string) => `This is a device of ${name} now.`,
    added: (device: string) => `“${device}” is a device of this account now.`,
  },
  devices: {
    isThis: '(this device)',
    since: (date: string) => `since ${date}`,
    relay: (command: string) => `On the new device, run\n  ${command}\nor sirdas link-device with this link:`,
    askRemove: (device: string) =>
      `Remove “${device}”? It gets nothing more, and what it holds stays on it. [y/N] `,
    renamed: (device: string) => `This device is called “${device}” now.`,
    removed: (device: string) => `“${device}” is no device of this account any more.`,
    kept: 'Nothing was changed.',
  },
  transfer: {
    beforeExport:
      'The file will hold the account, its contacts and its messages; not those that are to disappear, and nothing that comes after this moment. This device stays in the list of devices.',
    exported: (file: string) => `Exported to ${file}. With its passphrase, age -d opens it.`,
    beforeImport:
      'This becomes a new device. Messages that came after the export can be missing here. The device that the export came from stays in the list of devices; remove it there if it is lost, or say --replace now.',
    imported: (name: string, folder: string) => `Imported into ${folder}. This is a new device of ${name}.`,
    rejoining: (back: number, all: number) =>
      `Conversations that let this device in again: ${back} of ${all}`,
    notBack: (name: string) =>
      `${name}: not back yet. It comes back as soon as somebody in it, or another device of yours, is online.`,
  },
} as const;
