// Members, devices, where a message comes from and the check of a group, in English: panels of the full-screen program and
// output of `sirdas group`. Part of english-chat.ts.

export const ENGLISH_PANELS = {
  roles: { owner: 'owner', admin: 'admin', member: 'member' },
  members: (count: number) => (count === 1 ? '1 member' : `${count} members`),
  membersTitle: (name: string) => `Members of ${name}`,
  devices: (count: number) => (count === 1 ? '1 device' : `${count} devices`),
  verified: 'verified',
  notVerified: 'not verified',
  keyChanged: 'KEY CHANGED',
  devicesTitle: 'Your devices',
  devicesAdvice:
    'Somebody who has one of them reads everything from now on. Take one away with /devices revoke NAME; add one with sirdas link-device.',
  thisDevice: '(this one)',
  added: (date: string) => `added ${date}`,
  key: 'key',
  checkTitle: (name: string) => `Check of ${name}`,
  checkAdvice: (epoch: number) =>
    `Everybody in the group sees the same digits here as long as nobody is let in or out (step ${epoch}). Read them to each other over a call: the same digits mean the same members with the same keys.`,
  checkMembers: 'Who is verified; /verify NAME compares safety numbers with one person:',
  infoTitle: 'Where this message comes from',
  info: {
    from: 'From',
    sent: 'Sent',
    edited: 'Edited',
    device: 'Device',
    deviceKey: 'Device key',
    identityKey: 'Identity key',
    verified: 'Verified',
    envelope: 'Envelope',
    delivered: 'Delivered to',
    read: 'Read by',
    expires: 'Disappears',
  },
  unknownDevice: 'not in the records of the sender any more',
  revokedDevice: 'taken away by its owner since',
  unknown: 'unknown',
  never: 'never: compare safety numbers with /verify',
  since: (date: string) => `since ${date}`,
  nobodyYet: 'nobody yet',
  envelopes: {
    classic: 'classic: no forward secrecy',
    mls: 'MLS: forward secret',
  },
  afterReading: (duration: string) => `${duration} after it is read`,
  expiresAt: (time: string) => `at ${time}`,
} as const;
