// Help texts in English: commands, options, values, exit statuses. Part of english.ts.

export const ENGLISH_HELP = {
  commands: {
    relay: {
      summary: 'Start a relay',
      details: 'Stores and forwards what it cannot read. The first start prints an invite for its owner.',
    },
    chat: {
      summary: 'Talk, in a full-screen program',
      details:
        'Opens the account of this computer; without one it asks for an invite link and a nickname. --classic is the plain program of lines: it asks for the address and port of a relay and a nickname, lists who is online, and works on any terminal and in pipes.',
    },
    send: {
      summary: 'Send one message and wait until the relay has it',
      details:
        'To a person, or with --group to a group. The text is the rest of the command line, or the standard input when it is - or missing.',
    },
    listen: {
      summary: 'Print messages as they arrive',
      details:
        'Prints every unread message, then what arrives, and marks it as read. --json prints one JSON object per line (docs/scripting.md).',
    },
    group: {
      summary: 'Make, list and change groups',
      details:
        'create NAME [PEOPLE…]       prints the id of the new group\nlist                        prints id, name and members of every group\nmembers GROUP               prints nickname, role, devices and who is verified\nadd GROUP PEOPLE…\nremove GROUP PERSON\nleave GROUP\nrename GROUP NAME\nrole GROUP PERSON ROLE      owner, admin or member\nreset GROUP                 begins a broken conversation anew\n\nGROUP is the name of a group or its id. Members are told of every change.',
    },
    names: {
      summary: 'List who is online',
      details: 'One nickname per line, in their colours on a terminal.',
    },
    invite: {
      summary: 'Make, list and withdraw invites',
      details:
        'sirdas invite makes one and shows it as a link and a QR code; sirdas invite list; sirdas invite revoke ID.',
    },
    join: {
      summary: 'Join a relay with an invite link',
      details: 'Makes the keys and the account, and claims the nickname. The first claim of a nickname wins.',
    },
    whoami: { summary: 'Show the account of this computer', details: 'Works without a connection.' },
    verify: {
      summary: 'Show the safety number of a contact',
      details:
        'Compare it with your contact, then run it again with --confirm. After a key change --accept goes on with the new key. With --group it shows the digits that all members of a group see.',
    },
    'link-device': {
      summary: 'Make this computer a device of an account that is elsewhere',
      details:
        'Shows a line and a QR code for sirdas devices approve on a device that has the account. Both then show the same number: compare it and confirm on both. Of the relay the address is enough.',
    },
    devices: {
      summary: 'List, link and remove the devices of the account',
      details:
        'sirdas devices lists them; sirdas devices link shows what to type on a new one; sirdas devices approve takes the line that the new one shows; sirdas devices rename changes the name of this one; sirdas devices revoke removes one, by its id or its name.',
    },
    export: {
      summary: 'Write an encrypted copy of the account to a file',
      details:
        'The file is an age file with a passphrase of its own: age -d opens it. It holds the account, its contacts and its messages; not those that are to disappear, and nothing that comes later.',
    },
    import: {
      summary: 'Set up this computer from an export',
      details:
        'Becomes a new device of the account and waits until its conversations have let it in again. Messages that came after the export can be missing.',
    },
  },
  usage: {
    relay: '[OPTIONS]',
    chat: '[LINK] [OPTIONS]',
    send: 'NAME | --group GROUP [TEXT… | -] [OPTIONS]',
    listen: '[OPTIONS]',
    group: 'ACTION [OPTIONS]',
    names: '[OPTIONS]',
    invite: '[create | list | revoke ID] [OPTIONS]',
    join: 'LINK --name NAME [OPTIONS]',
    whoami: '[OPTIONS]',
    verify: 'NAME | --group GROUP [OPTIONS]',
    'link-device': '[LINK | HOST[:PORT]] [OPTIONS]',
    devices: '[list | link | approve LINE | rename NAME | revoke ID-OR-NAME] [OPTIONS]',
    export: 'FILE [OPTIONS]',
    import: 'FILE [OPTIONS]',
  },
  arguments: {
    LINK: 'the invite link',
    NAME: 'a nickname',
    FILE: 'a file name',
    ID: 'the id of an invite',
    OFFER: 'the line that the new device shows',
    DEVICE: 'the id or the name of a device',
    DEVICE_NAME: 'a name for this device',
    GROUP: 'a group',
    NEW_NAME: 'a name',
    ROLE: 'owner, admin or member',
    ACTION: 'create, list, members, add, remove, leave, rename, role or reset',
  },
  options: {
    home: 'folder of the account (SIRDAS_HOME)',
    lang: 'language: en or tr (else as the environment says)',
    'no-color': 'no colours (NO_COLOR)',
    help: 'show this help',
    version: 'show the version',
    'passphrase-file': 'read the passphrase of the vault from a file (SIRDAS_PASSPHRASE)',
    'export-passphrase-file': 'read the passphrase of the export from a file (SIRDAS_EXPORT_PASSPHRASE)',
    'no-passphrase': 'a vault without a passphrase: whoever reads the disk reads it',
    keyring: 'keep the key of the vault in the key ring of this computer',
    name: 'the nickname to claim',
    'display-name': 'a name that others see beside the nickname',
    'device-name': 'what to call this device',
    plaintext: 'allow a connection without TLS to another computer',
    classic: 'the plain program of lines',
    relay: 'the relay to join (with --classic)',
    'no-sound': 'no sounds',
    group: 'the group, by name or id',
    'reply-to': 'the id of the message that this one answers',
    timeout: 'how long to wait for the relay (30)',
    json: 'one JSON object per line',
    once: 'stop after one message',
    count: 'stop after so many messages',
    events:
      'with --json: also changes of messages, who types, comes and goes, the connection, what was refused',
    uses: 'how many people it admits (1)',
    expires: 'for how many days it is good (7)',
    'grant-invites': 'those who join with it may invite others',
    'no-qr': 'no QR code',
    confirm: 'mark the contact as verified',
    accept: 'go on with a changed key',
    'no-history': 'without recent messages',
    'confirm-code': 'instead of asking: read the number of the other device from the standard input',
    replace: 'in the place of the device that the export came from',
  },
  values: {
    DIR: 'DIR',
    FILE: 'FILE',
    LANG: 'LANG',
    NAME: 'NAME',
    NUMBER: 'NUMBER',
    SECONDS: 'SECONDS',
    DAYS: 'DAYS',
    ADDRESS: 'HOST:PORT',
    GROUP: 'GROUP',
    ID: 'ID',
  },
  help: {
    tagline: 'sırdaş: private messaging that people host themselves',
    usage: 'Usage',
    command: 'COMMAND',
    commands: 'Commands',
    options: 'Options',
    everyCommand: 'Every command',
    exitStatus: 'Exit status',
    more: 'sirdas COMMAND --help shows the options of a command.',
  },
  exitReasons: {
    done: 'it worked',
    internal: 'a fault of the program itself',
    usage: 'the command line is wrong',
    local: 'the account, the vault or a file of this computer',
    network: 'the relay cannot be reached, or the connection broke',
    refused: 'the relay said no',
    undelivered: 'the message did not reach the relay, or cannot be sent to this person',
    trust: 'a key, a signature or a clock is not what it should be',
    interrupted: 'ended by Ctrl-C or a signal before it was done',
  },
} as const;
