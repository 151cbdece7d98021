// The local wakeup passes the wakeup contract, as a relay of one node.
import { describeWakeupContract } from './contract.testkit.ts';
import { LocalWakeup } from './local-wakeup.ts';

describeWakeupContract('local', { maxNodes: 1, openNodes: async () => [new LocalWakeup()] });
