// What the terminal says in English: the norm for the other languages (words.ts). Split by where it is said.
import { ENGLISH_CHAT } from './english-chat.ts';
import { ENGLISH_DEVICES } from './english-devices.ts';
import { ENGLISH_HELP } from './english-help.ts';

const NOT_STARTED = 'The relay was not started.';
const STOPPED = 'The relay stopped.';

export const ENGLISH = {
  ...ENGLISH_HELP,
  ...ENGLISH_DEVICES,
  chat: ENGLISH_CHAT,
  errors: {
    UNKNOWN_COMMAND: (given: string) => `There is no command “${given}”. sirdas --help lists all of them.`,
    BAD_OPTION: (given: string) =>
      `Unknown or misused option: ${given}. Add --help to see the options of a command.`,
    BAD_VALUE: (given: string) => `That value is not allowed: ${given}. Add --help to see what is.`,
    MISSING_ARGUMENT: (name: string) =>
      `Something is missing: ${name}. Add --help to see how the command is used.`,
    TOO_MANY_ARGUMENTS: (given: string) => `“${given}” is too much here. Put quotes around text with spaces.`,
    NEEDS_TERMINAL: () =>
      'The full-screen program needs a terminal. Use sirdas chat --classic, sirdas send or sirdas listen in pipes and scripts.',
    NO_PASSPHRASE: () =>
      'The vault needs a passphrase, and there is no terminal to ask for it. Set SIRDAS_PASSPHRASE, use --passphrase-file FILE, or say --no-passphrase for a vault without one.',
    NO_EXPORT_PASSPHRASE: () =>
      'The export has a passphrase of its own, and there is no terminal to ask for it. Set SIRDAS_EXPORT_PASSPHRASE or use --export-passphrase-file FILE.',
    PASSPHRASES_DIFFER: () => 'The two passphrases differ, so nothing was made. Try again.',
    PASSPHRASE_EMPTY: () =>
      'The passphrase is empty. Choose one, or say --no-passphrase if whoever holds this disk may read everything.',
    FILE_UNREADABLE: (file: string) => `${file} cannot be read. Check its name and its permissions.`,
    FILE_EXISTS: (file: string) => `${file} exists already and was not overwritten. Choose another name.`,
    FILE_UNWRITABLE: (file: string) =>
      `${file} cannot be written. Check the folder, its permissions and the disk.`,
    NOT_DELIVERED_IN_TIME: () =>
      'The relay has not accepted the message in time. It is kept here and leaves with the next command that reaches the relay.',
    BAD_ADDRESS: (given: string) => `“${given}” is not an address. Write HOST or HOST:PORT.`,
    BAD_TEXT: () => 'What came on the standard input is not UTF-8 text, so nothing was sent.',
    NEEDS_CONFIRM_CODE: () =>
      'Without a terminal nobody can be asked whether both devices show the same number. Say --confirm-code and write the number of the other device to the standard input.',
    RELAY_NOT_TRUSTED: () => 'You did not confirm the fingerprint of the relay, so nothing was sent to it.',
    UNKNOWN_GROUP: (given: string) =>
      `You are in no group called “${given}”. sirdas group list shows all of them.`,
    AMBIGUOUS_GROUP: (given: string) =>
      `Several groups are called “${given}”. Use the id that sirdas group list shows.`,
    ROLE_TOO_LOW: () =>
      'Your role in this group does not cover that. Ask an owner; sirdas group members GROUP shows who that is.',
    NOT_CONFIRMED: () => 'You did not say yes, so nothing was done.',
  },
  internal: 'sırdaş failed: this is a fault of the program. Please report it with the text below.',
  /** What exactly was wrong says the relay itself, in English. */
  relayErrors: {
    BAD_CONFIG: NOT_STARTED,
    DATA_UNWRITABLE: NOT_STARTED,
    DATA_IN_USE: NOT_STARTED,
    DATA_CORRUPT: NOT_STARTED,
    DATA_TOO_NEW: NOT_STARTED,
    KEY_UNREADABLE: NOT_STARTED,
    PORT_IN_USE: NOT_STARTED,
    PORT_FORBIDDEN: NOT_STARTED,
    ADDRESS_UNAVAILABLE: NOT_STARTED,
    DISK_FULL: NOT_STARTED,
    STORE_FAILED: STOPPED,
  },
  prompts: {
    passphrase: 'Passphrase of the vault: ',
    newPassphrase: 'Choose a passphrase for the vault: ',
    repeatPassphrase: 'The same again: ',
    exportPassphrase: 'Choose a passphrase for the export: ',
    importPassphrase: 'Passphrase of the export: ',
    invite: 'Invite link: ',
    nickname: 'Nickname: ',
    relayHost: 'Address of the relay [localhost]: ',
    relayPort: 'Port [6000]: ',
    fingerprint: (host: string, fingerprint: string) =>
      `The relay at ${host} has the fingerprint\n  ${fingerprint}\nCompare it with what whoever runs it told you.`,
    trustFingerprint: 'Is it the same? [y/N] ',
    sameNumber: 'Is it the same on the other side? [y/N] ',
    yes: 'y',
  },
  join: {
    welcome: (name: string, relay: string) => `Welcome, ${name}. Your account on ${relay} is ready.`,
    unprotected: 'The vault has no passphrase: whoever can read this disk can read it.',
    next: (command: string) => `Start talking:  ${command} chat`,
  },
  send: {
    accepted: (name: string) => `Accepted for ${name}.`,
  },
  group: {
    none: 'You are in no group.',
    made: (name: string) => `Made ${name}. Its id:`,
    done: 'Done.',
    states: {
      active: 'active',
      left: 'left',
      removed: 'removed',
      broken: 'broken: waits for repair or a reset',
    },
    check: (name: string) => `Check of ${name}:`,
  },
  names: {
    nobody: 'Nobody else is online.',
    you: '(you)',
  },
  invite: {
    made: (uses: number, expires: string) =>
      uses === 1
        ? `This invite admits one person until ${expires}.`
        : `This invite admits ${uses} people until ${expires}.`,
    none: 'There are no invites.',
    usesLeft: (uses: number) => (uses === 1 ? '1 use left' : `${uses} uses left`),
    until: (expires: string) => `until ${expires}`,
    grantsInvites: 'may invite',
    revoked: 'Withdrawn: nobody can join with it any more.',
  },
  whoami: {
    nickname: 'Nickname',
    displayName: 'Display name',
    colour: 'Colour',
    colourDerived: 'made from the nickname',
    device: 'Device',
    relay: 'Relay',
    fingerprint: 'Relay fingerprint',
    identityKey: 'Identity key',
    mayInvite: 'May invite',
    yes: 'yes',
    no: 'no',
  },
  verify: {
    title: (name: string) => `Safety number of you and ${name}:`,
    advice:
      'Compare it over a call or in person. If all twelve groups are the same on both sides, nobody is in between; then confirm it:',
    confirmed: (name: string) => `${name} is marked as verified.`,
    verifiedOn: (date: string) => `Verified on ${date}.`,
    notVerified: 'Not verified yet.',
    changed:
      'The identity key has changed. The number below is of the new key; sending is stopped until you accept it.',
    accepted: (name: string) => `The new key of ${name} is accepted.`,
  },
  relay: {
    running: (version: string) => `sırdaş relay ${version} is running. Press Ctrl-C to stop it.`,
    native: 'clients',
    web: 'browsers',
    fingerprint: 'fingerprint',
    plaintext: 'without TLS',
    data: 'data',
    ownerInvite: 'Your own invite, for the first account, which may then invite others:',
    joinWith: 'In another terminal, join with it and start talking:',
    members: 'Make invites for others with:',
    open: 'Everybody may register here (--open).',
    stopping: 'Stopping: finishing what was begun.',
    stopped: 'Stopped.',
  },
  listen: {
    waiting: 'Listening. Press Ctrl-C to stop.',
  },
} as const;
