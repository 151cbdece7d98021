// What every error code of the SDK means to a person, in English. Called through describe-error.ts only.
import type { ErrorSentences } from './sentence.ts';

const UPDATE = 'Update sırdaş; if this is the newest version, tell whoever runs the relay.';
const RECONNECTS = 'Nothing is lost: sırdaş connects again by itself.';
const NEW_INVITE = 'Ask whoever invited you for a new invite.';

export const ENGLISH: ErrorSentences = {
  BAD_FRAME: {
    what: 'The relay did not understand what this program sent and closed the connection.',
    advice: UPDATE,
  },
  FRAME_TOO_LARGE: {
    what: 'The relay closed the connection because something sent to it was too large.',
    advice: UPDATE,
  },
  UNSUPPORTED_VERSION: {
    what: 'This program and the relay speak no common version of the protocol.',
    advice: 'Update sırdaş here, or ask whoever runs the relay to update it.',
  },
  WRONG_STATE: {
    what: 'The relay closed the connection because this program sent something out of turn.',
    advice: UPDATE,
  },
  UNKNOWN_KIND: {
    what: 'The relay is older than this program and cannot do that.',
    advice: 'Ask whoever runs the relay to update it.',
  },
  HANDSHAKE_TIMEOUT: {
    what: 'Logging in took too long, so the relay closed the connection; the network may be slow.',
    advice: RECONNECTS,
  },
  LOGIN_FAILED: {
    what: 'The relay does not know this account or this device.',
    advice:
      'If the relay was set up anew, join again with a new invite and another --home; if the device was removed, link it again from another one.',
  },
  TOO_MANY_CONNECTIONS: {
    what: 'The relay has too many connections, in all or from your network address.',
    advice: RECONNECTS,
  },
  RATE_LIMITED: {
    what: 'That was faster than the relay allows.',
    advice: 'Wait a moment, then try again.',
  },
  GOING_DOWN: { what: 'The relay is being shut down or restarted.', advice: RECONNECTS },
  INTERNAL: {
    what: 'The relay failed at this and changed nothing.',
    advice: 'Try again; if it goes on, tell whoever runs the relay: its log says why.',
  },
  STORAGE_FULL: {
    what: 'The disk of the relay is full, so it could not store this.',
    advice: 'Tell whoever runs the relay. Messages wait here until there is room.',
  },
  REPLACED: {
    what: 'The same device logged in somewhere else, so this connection was ended.',
    advice: 'Use one copy of sırdaş for each folder. If this was not you, somebody has a copy of your vault.',
  },
  TIMED_OUT: { what: 'The relay heard nothing from here for too long.', advice: RECONNECTS },
  SLOW_READER: {
    what: 'The connection was too slow for what the relay had to send.',
    advice: RECONNECTS,
  },
  INVITE_REQUIRED: {
    what: 'This relay admits new people by invite only.',
    advice: 'Ask a member of it for an invite link.',
  },
  INVITE_INVALID: { what: 'The relay does not know this invite, or it was withdrawn.', advice: NEW_INVITE },
  INVITE_EXPIRED: { what: 'This invite is too old.', advice: NEW_INVITE },
  INVITE_USED_UP: {
    what: 'This invite has already admitted as many people as it may.',
    advice: NEW_INVITE,
  },
  PROOF_OF_WORK_INVALID: {
    what: 'The relay did not accept the puzzle that new accounts have to solve.',
    advice: 'Try again; if it goes on, update sırdaş.',
  },
  UNKNOWN_INVITE: {
    what: 'There is no invite with this id.',
    advice: 'List your invites to see their ids; it may have been withdrawn already.',
  },
  NOT_ALLOWED: {
    what: 'Your account is not allowed to do that on this relay.',
    advice: 'Ask whoever runs the relay.',
  },
  NICKNAME_TAKEN: {
    what: 'Somebody already has this nickname; the first claim wins.',
    advice: 'Choose another one.',
  },
  NICKNAME_FORBIDDEN: {
    what: 'The relay does not allow this nickname.',
    advice: 'Choose 3 to 32 letters, digits, dots, hyphens or underscores of one script.',
  },
  NICKNAME_CONFUSABLE: {
    what: 'This nickname looks like one that is taken, so people could mistake you for somebody else.',
    advice: 'Choose one that looks different.',
  },
  RECORD_INVALID: { what: 'The relay refused the account record that this program made.', advice: UPDATE },
  RECORD_STALE: {
    what: 'Another of your devices changed the account at the same moment.',
    advice: 'Try again.',
  },
  UNKNOWN_ACCOUNT: {
    what: 'Nobody on this relay has this nickname.',
    advice: 'Check the spelling; the list of names shows who is online.',
  },
  UNKNOWN_LOG: {
    what: 'The relay does not have this mailbox any more, or it is not yours.',
    advice: 'Check the name of the recipient; the account may have been removed.',
  },
  ENVELOPE_TOO_LARGE: {
    what: 'The message is larger than the relay takes.',
    advice: 'Send it in smaller parts.',
  },
  MAILBOX_FULL: {
    what: 'The mailbox of the recipient is full; messages wait there until one of their devices fetches them.',
    advice: 'The message stays here and is sent again later.',
  },
  STALE_EPOCH: {
    what: 'Somebody else changed the conversation in the same moment.',
    advice: 'sırdaş tries again by itself.',
  },
  LOG_EXISTS: {
    what: 'The relay has a conversation with this number already.',
    advice: 'Try again; if it goes on, tell whoever runs the relay.',
  },
  READERS_INVALID: {
    what: 'The relay refused the list of devices of a conversation: too many, or one that it does not know.',
    advice: 'Try again; a device may have been removed in this moment.',
  },
  KEY_PACKAGES_FULL: {
    what: 'The relay holds as many keys of this device as it may.',
    advice: 'Nothing needs to be done.',
  },
  UNKNOWN_CHANNEL: {
    what: 'The linking code is too old, was used already, or its device has gone.',
    advice: 'Start again on the new device: it shows a new code.',
  },
  DEVICE_TAKEN: {
    what: 'The relay knows another account with the same device.',
    advice: 'Join again with an empty --home.',
  },
  UNREACHABLE: {
    what: 'The relay cannot be reached: it is not running, its address is wrong, or there is no network.',
    advice: 'Check your network and the address. Messages wait here and leave as soon as the relay answers.',
  },
  WRONG_RELAY_KEY: {
    what: 'The relay that answered is not the one of your invite: it shows another key. Nothing was sent to it.',
    advice:
      'Somebody may be in between. Ask whoever runs the relay for its fingerprint; if the relay was set up anew, join it with a new invite.',
  },
  CLOCK_SKEW: {
    what: 'The clock of this computer and that of the relay differ by more than 2 minutes.',
    advice: 'Set the clock of this computer, then try again.',
  },
  PROTOCOL_VIOLATION: {
    what: 'The relay sent something that breaks the protocol, so the connection was closed.',
    advice:
      'Update sırdaş. If it is the newest version, do not trust this relay until its owner has explained it.',
  },
  BAD_INVITE: {
    what: 'That is not an invite link, or only a part of one.',
    advice: 'Copy the whole link, up to its last character, and put it in quotes.',
  },
  PLAINTEXT_REFUSED: {
    what: 'The invite asks for a connection without TLS to another computer, which anyone on the way could watch.',
    advice: 'Ask for an invite with TLS, or allow it explicitly with --plaintext.',
  },
  BAD_NICKNAME: {
    what: 'That cannot be a nickname.',
    advice: 'Use 3 to 32 letters, digits, dots, hyphens or underscores, with a letter or digit at both ends.',
  },
  BAD_NAME: {
    what: 'A display name or device name is too long or has characters that cannot be shown.',
    advice: 'Choose one of at most 64 bytes without control characters.',
  },
  TEXT_EMPTY: { what: 'There is nothing to send: the text is empty.', advice: 'Write something first.' },
  TEXT_TOO_LARGE: { what: 'The text is longer than 60 KiB.', advice: 'Send it in smaller parts.' },
  NO_USABLE_KEY: {
    what: 'This person has no key that this program can encrypt for.',
    advice: 'Update sırdaş; if it is the newest version, ask them to update theirs.',
  },
  KEY_CHANGED: {
    what: 'The identity key of this person has changed. They may have a new device without their old data, or somebody pretends to be them. Nothing is sent until you decide.',
    advice: 'Compare safety numbers over another channel, then accept the new key.',
  },
  VERIFICATION_REQUIRED: {
    what: 'The identity key of somebody whom you had verified has changed, so accepting it is not enough.',
    advice:
      'Compare safety numbers over another channel again; when they match, mark the contact as verified.',
  },
  DIRECTORY_FORGED: {
    what: 'The directory of the relay shows records that their owner did not sign, or hides some.',
    advice: 'Do not trust this relay until its owner has explained it.',
  },
  LETTER_FORGED: {
    what: 'A message was refused: its signature is not that of its sender.',
    advice: 'Somebody tried to write in another name. You need not do anything.',
  },
  LETTER_MISDIRECTED: {
    what: 'A message was refused: it was written for somebody else or for another conversation.',
    advice: 'You need not do anything.',
  },
  LETTER_FROM_FUTURE: {
    what: 'A message was refused: its time lies in the future.',
    advice: 'Check the clock of this computer; otherwise the clock of the sender is wrong.',
  },
  DOWNGRADE_REFUSED: {
    what: 'A message with weaker encryption than this person supports was refused.',
    advice: 'Ask them to update sırdaş. If they have, somebody may be interfering.',
  },
  UNREADABLE: {
    what: 'A message could not be opened.',
    advice: 'Ask the sender to send it again.',
  },
  UNSUPPORTED_ENVELOPE: {
    what: 'A message came from a newer version of sırdaş than this one.',
    advice: 'Update sırdaş to read what comes next.',
  },
  NO_ACCOUNT: {
    what: 'There is no account in this folder yet.',
    advice: 'Join a relay first: sirdas join LINK --name NAME.',
  },
  ACCOUNT_EXISTS: {
    what: 'This folder already holds an account.',
    advice: 'Use it, or name another folder with --home.',
  },
  DEVICE_REVOKED: {
    what: 'The relay does not let this device in any more: another of your devices has removed it, or the relay was set back to an older state. What is here can be read; nothing more comes or goes.',
    advice:
      'If nobody did that, tell the people you talk with and whoever runs the relay. To go on here, link this computer again with another --home.',
  },
  TOO_MANY_DEVICES: {
    what: 'The account already has as many devices as it may have.',
    advice: 'Remove a device that you no longer use, then try again.',
  },
  BAD_OFFER: {
    what: 'That is not a code of sirdas link-device, or only a part of it.',
    advice: 'Copy the whole line that the new device shows, or scan its QR code.',
  },
  OTHER_RELAY: {
    what: 'The new device is at another relay than this account, so it was not linked.',
    advice: 'On the new device give the relay that sirdas devices link shows here.',
  },
  LINKING_BUSY: {
    what: 'A device is being linked at this moment.',
    advice: 'Finish that one, or cancel it, first.',
  },
  LINKING_EXPIRED: {
    what: 'The linking code is too old, or it was used already; nothing was linked.',
    advice: 'Start again on the new device: it shows a new code.',
  },
  LINKING_REFUSED: {
    what: 'The numbers were not confirmed on both devices, so nothing was handed over and nothing was linked.',
    advice:
      'Different numbers mean that somebody may stand between the two devices. Try again in another network; if they differ again, tell whoever runs the relay.',
  },
  LINKING_ENDED: {
    what: 'The other device went away before it was done.',
    advice: 'Start again on the new device. If sirdas devices shows it already, remove it there first.',
  },
  LINKING_TAMPERED: {
    what: 'What came from the other device was changed on the way, so nothing was linked.',
    advice: 'Try again in another network; if it goes on, tell whoever runs the relay.',
  },
  UNKNOWN_DEVICE: {
    what: 'The account has no such device.',
    advice: 'sirdas devices lists all of them.',
  },
  THIS_DEVICE: {
    what: 'A device cannot remove itself.',
    advice: 'Do it on another device of the account. To only stop using this one, delete its folder.',
  },
  REPORT_FORGED: {
    what: 'A report about a broken group was not signed by the device that it speaks for; nothing was done because of it.',
    advice: 'There is nothing to do; if it goes on, tell whoever runs the relay.',
  },
  VAULT_ROLLED_BACK: {
    what: 'The data of this device is an older copy: the relay has messages of it that it does not remember. With old keys nothing more is sent.',
    advice: 'This device goes on as a new device of your account. Never run two copies of one folder.',
  },
  WORK_TOO_HARD: {
    what: 'The relay asks for more proof of work than this program is willing to do.',
    advice: 'Ask whoever runs the relay for an invite, or to ask for less.',
  },
  UNKNOWN_MESSAGE: {
    what: 'There is no such message here.',
    advice: 'Check the id; messages that were removed cannot be followed any more.',
  },
  UNKNOWN_CONVERSATION: {
    what: 'There is no such conversation here.',
    advice: 'sirdas names lists the conversations of this device.',
  },
  NOT_YOURS: {
    what: 'Only whoever wrote a message can change or delete it.',
    advice: 'React to it instead, or answer it.',
  },
  TOO_LATE: {
    what: 'This message can no longer be edited: that works for a day, and not once it is deleted.',
    advice: 'Send a new message, or delete this one.',
  },
  BAD_REACTION: {
    what: 'A reaction is one emoji or one letter.',
    advice: 'Try again with a single one.',
  },
  BAD_TIMER: {
    what: 'Messages cannot disappear after such a time.',
    advice: 'Give a time of at most a year; 0 lets messages stay.',
  },
  CONVERSATION_OVER: {
    what: 'You are no longer in this conversation, so nothing can be sent to it.',
    advice: 'What was said before stays readable. To go on, ask a member to add you again.',
  },
  NO_KEY_PACKAGE: {
    what: 'Somebody cannot be added yet: none of their devices has left a key for that.',
    advice:
      'They are added as soon as one of their devices is online with a current version of sırdaş; try again then.',
  },
  BAD_KEY_PACKAGE: {
    what: 'A key for adding somebody is forged, expired or of another device; it was not used.',
    advice: 'Try again; if it goes on, compare safety numbers with that person.',
  },
  GROUP_TOO_LARGE: {
    what: 'The group would have more members or devices than a group may have.',
    advice: 'Remove somebody first, or make a second group.',
  },
  GROUP_BROKEN: {
    what: 'This device cannot follow the conversation at the moment; it has asked the others for help.',
    advice:
      'It works again as soon as one of them is online. An owner or admin can also reset the conversation.',
  },
  GROUP_BUSY: {
    what: 'Too many people are changing the group at this moment; nothing was changed.',
    advice: 'Try again in a moment.',
  },
  CHANGE_NOT_ALLOWED: {
    what: 'Somebody tried to change the group in a way that their role does not allow; it was refused.',
    advice: 'Ask them, or an owner of the group.',
  },
  DEVICE_NOT_LISTED: {
    what: 'A device that is not in the list of its account was to be brought into a group; it was refused.',
    advice: 'Somebody may be trying to listen in. Compare safety numbers with that person.',
  },
  GROUP_INCONSISTENT: {
    what: 'A change of a group contradicts itself; it was refused and the conversation goes on.',
    advice: 'If it happens again, ask whoever made the change to update sırdaş.',
  },
  COMMIT_REFUSED: {
    what: 'A change of a group could not be verified; it was refused and the conversation goes on.',
    advice: 'If it happens again, ask the members to update sırdaş.',
  },
  WELCOME_REFUSED: {
    what: 'An invitation to a conversation was refused: it did not come from somebody who may send it.',
    advice: 'Nothing needs to be done. If you expected it, ask an owner of the group to add you again.',
  },
  VAULT_LOCKED: {
    what: 'The vault is locked with a passphrase.',
    advice: 'Give the passphrase: at the prompt, in SIRDAS_PASSPHRASE, or with --passphrase-file.',
  },
  WRONG_PASSPHRASE: {
    what: 'That is not the passphrase of this vault.',
    advice: 'Try again. Without the passphrase nobody can open the vault, you included.',
  },
  VAULT_IN_USE: {
    what: 'Another sırdaş program has this vault open.',
    advice: 'Close that one first, or name another folder with --home.',
  },
  VAULT_CORRUPT: {
    what: 'The vault is damaged: what it holds does not fit together any more. It was not changed.',
    advice: 'Restore the folder from a backup, or import an export into a new folder. Check the disk.',
  },
  VAULT_TOO_NEW: {
    what: 'This vault was written by a newer version of sırdaş.',
    advice: 'Update sırdaş.',
  },
  VAULT_UNWRITABLE: {
    what: 'The folder of the vault cannot be read or written.',
    advice: 'Check who owns the folder and its permissions, or name another one with --home.',
  },
  KEYRING_UNAVAILABLE: {
    what: 'The keyring of this system could not be used, so the vault stays closed.',
    advice:
      'Unlock the keyring (Linux needs the program secret-tool), or protect a new vault with a passphrase.',
  },
  DISK_FULL: {
    what: 'The disk of this computer is full, so nothing was saved or sent.',
    advice: 'Free some space, then try again.',
  },
  BAD_EXPORT: {
    what: 'That file is not an export of sırdaş, or it is damaged.',
    advice: 'Choose the file that sirdas export wrote.',
  },
  CLOSED: { what: 'sırdaş is closing.', advice: 'Start it again.' },
  ABORTED: { what: 'It was cancelled before it was done.', advice: 'Try again when you like.' },
};
