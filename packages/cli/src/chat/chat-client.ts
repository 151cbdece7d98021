// What the full-screen program needs of the SDK: the part of `Sirdas` that it uses, so that tests can stand in for it.
import type { Sirdas } from '@sirdas/client';

export type ChatClient = Pick<
  Sirdas,
  | 'account'
  | 'link'
  | 'online'
  | 'conversations'
  | 'contacts'
  | 'conversationWith'
  | 'messages'
  | 'markRead'
  | 'lookUp'
  | 'send'
  | 'sendTo'
  | 'edit'
  | 'deleteForAll'
  | 'react'
  | 'setTimer'
  | 'setActivity'
  | 'setPreferences'
  | 'provenance'
  | 'safetyNumber'
  | 'markVerified'
  | 'acceptKeyChange'
  | 'setProfile'
  | 'setVisible'
  | 'createInvite'
  | 'on'
> & {
  readonly groups: Pick<
    Sirdas['groups'],
    'create' | 'add' | 'remove' | 'leave' | 'rename' | 'setRole' | 'reset' | 'check'
  >;
  readonly devices: Pick<Sirdas['devices'], 'list' | 'revoke'>;
};
