// All commands and options, in the order in which --help shows them. Read by command-line.ts and help.ts.
import type { CommandName, OptionName, Words } from '../words/words.ts';
import type { Run, RunRaw } from './command.ts';

export type CommandSpec =
  | { readonly options: readonly OptionName[]; readonly load: () => Promise<Run> }
  | { readonly ownOptions: true; readonly load: () => Promise<RunRaw> };

interface OptionSpec {
  readonly short?: string;
  /** The name of its value in --help; without one it is a switch. */
  readonly value?: keyof Words['values'];
}

/** Options that every command has. */
export const COMMON_OPTIONS = ['home', 'lang', 'no-color', 'help', 'version'] as const satisfies OptionName[];
const VAULT_OPTIONS = ['passphrase-file', 'no-passphrase'] as const satisfies OptionName[];

export const OPTIONS: Readonly<Record<OptionName, OptionSpec>> = {
  home: { value: 'DIR' },
  lang: { value: 'LANG' },
  'no-color': {},
  help: { short: 'h' },
  version: { short: 'V' },
  'passphrase-file': { value: 'FILE' },
  'export-passphrase-file': { value: 'FILE' },
  'no-passphrase': {},
  keyring: {},
  name: { value: 'NAME' },
  'display-name': { value: 'NAME' },
  'device-name': { value: 'NAME' },
  plaintext: {},
  classic: {},
  relay: { value: 'ADDRESS' },
  'no-sound': {},
  group: { value: 'GROUP' },
  'reply-to': { value: 'ID' },
  timeout: { value: 'SECONDS' },
  json: {},
  once: {},
  count: { value: 'NUMBER' },
  events: {},
  uses: { value: 'NUMBER' },
  expires: { value: 'DAYS' },
  'grant-invites': {},
  'no-qr': {},
  confirm: {},
  accept: {},
  'no-history': {},
  'confirm-code': {},
  replace: {},
};

export const COMMANDS: Readonly<Record<CommandName, CommandSpec>> = {
  relay: { ownOptions: true, load: async () => (await import('./relay.ts')).runRelay },
  join: {
    options: ['name', 'display-name', 'device-name', 'plaintext', 'keyring', ...VAULT_OPTIONS],
    load: async () => (await import('./join.ts')).runJoin,
  },
  chat: {
    options: ['classic', 'relay', 'name', 'plaintext', 'no-sound', 'keyring', ...VAULT_OPTIONS],
    load: async () => (await import('./chat.ts')).runChat,
  },
  send: {
    options: ['group', 'reply-to', 'timeout', 'json', ...VAULT_OPTIONS],
    load: async () => (await import('./send.ts')).runSend,
  },
  listen: {
    options: ['json', 'events', 'once', 'count', 'timeout', ...VAULT_OPTIONS],
    load: async () => (await import('./listen.ts')).runListen,
  },
  group: {
    options: ['json', 'timeout', ...VAULT_OPTIONS],
    load: async () => (await import('./group.ts')).runGroup,
  },
  names: {
    options: ['json', 'timeout', ...VAULT_OPTIONS],
    load: async () => (await import('./names.ts')).runNames,
  },
  invite: {
    options: ['uses', 'expires', 'grant-invites', 'no-qr', 'json', 'timeout', ...VAULT_OPTIONS],
    load: async () => (await import('./invite.ts')).runInvite,
  },
  whoami: {
    options: ['json', ...VAULT_OPTIONS],
    load: async () => (await import('./whoami.ts')).runWhoami,
  },
  verify: {
    options: ['group', 'confirm', 'accept', 'no-qr', 'timeout', ...VAULT_OPTIONS],
    load: async () => (await import('./verify.ts')).runVerify,
  },
  'link-device': {
    options: [
      ...(['device-name', 'confirm-code', 'plaintext', 'no-qr', 'json', 'timeout', 'keyring'] as const),
      ...VAULT_OPTIONS,
    ],
    load: async () => (await import('./link-device.ts')).runLinkDevice,
  },
  devices: {
    options: ['confirm-code', 'no-history', 'no-qr', 'json', 'timeout', ...VAULT_OPTIONS],
    load: async () => (await import('./devices.ts')).runDevices,
  },
  export: {
    options: ['export-passphrase-file', ...VAULT_OPTIONS],
    load: async () => (await import('./export.ts')).runExport,
  },
  import: {
    options: ['device-name', 'replace', 'export-passphrase-file', 'timeout', 'keyring', ...VAULT_OPTIONS],
    load: async () => (await import('./import.ts')).runImport,
  },
};
