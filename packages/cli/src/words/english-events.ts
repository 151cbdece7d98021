// What happened in a conversation, as lines between the messages, in English. `who` null is the reader. Part of english-chat.ts.

const you = (who: string | null) => who ?? 'You';

export const ENGLISH_EVENTS = {
  and: 'and',
  others: (count: number) => (count === 1 ? '1 other' : `${count} others`),
  self: 'you',
  began: (who: string | null) => `${you(who)} began this conversation`,
  created: (who: string | null, name: string) => `${you(who)} made the group “${name}”`,
  createdWith: (who: string | null, name: string, members: string) =>
    `${you(who)} made the group “${name}” with ${members}`,
  joined: 'This device is in the conversation from here on; what was said before is not here',
  added: (who: string | null, members: string) => `${you(who)} added ${members}`,
  removed: (who: string | null, members: string) => `${you(who)} removed ${members}`,
  left: (who: string | null) => `${you(who)} left`,
  renamed: (who: string | null, name: string) => `${you(who)} named the group “${name}”`,
  roles: {
    owner: (who: string | null, member: string) => `${you(who)} made ${member} an owner`,
    admin: (who: string | null, member: string) => `${you(who)} made ${member} an admin`,
    member: (who: string | null, member: string) => `${you(who)} made ${member} an ordinary member`,
  },
  timerOn: (who: string | null, duration: string) =>
    `${you(who)} let messages disappear ${duration} after they are read`,
  timerOff: (who: string | null) => `${you(who)} let messages stay`,
  deviceAdded: (who: string | null) =>
    who === null ? 'A device of yours was added' : `A device of ${who} was added`,
  deviceRemoved: (who: string | null) =>
    who === null ? 'A device of yours was removed' : `A device of ${who} was removed`,
  reset: (who: string | null, reason: string) => `${you(who)} began this conversation anew: ${reason}`,
  resetReasons: {
    lost: 'a device had lost its keys',
    'out-of-step': 'the devices had fallen out of step',
    damaged: 'its data was damaged',
    fork: 'the relay had shown two histories',
  },
  unreadable: (who: string | null, cause: string) =>
    who === null
      ? `A message cannot be read here: ${cause}`
      : `A message of ${who} cannot be read here: ${cause}`,
  unreadableCauses: {
    lost: 'this device has no keys for it (restored, or its data is an older copy). It has asked to be let in again; what comes next can be read.',
    'out-of-step':
      'a change of the conversation was missed. The devices repair this themselves; ask for the message again if it matters.',
    damaged: 'it is not what its sender sealed. It was thrown away; ask for it again if it matters.',
    fork: 'the relay has shown its sender another history than you. Compare /verify with the others.',
  },
  changeRefused: (who: string | null, what: string) =>
    who === null
      ? `A change of the conversation was refused: ${what}`
      : `A change of the conversation by ${who} was refused: ${what}`,
  keyChanged: (who: string) =>
    `The identity key of ${who} has changed. Either they set up sırdaş anew, or somebody pretends to be them. Nothing is sent until you have looked: /verify ${who}, then /accept ${who}`,
} as const;
