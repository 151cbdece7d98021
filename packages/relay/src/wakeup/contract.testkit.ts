// What every Wakeup must do, whoever carries the announcements. Run by each adapter's test.
import { toLogId } from '@sirdas/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { Wakeup } from './wakeup.ts';

const log = toLogId(new Uint8Array(16).fill(1));

/** `openNodes` makes the wakeups of that many nodes of one relay. */
export function describeWakeupContract(
  name: string,
  options: { readonly maxNodes: number; readonly openNodes: (count: number) => Promise<readonly Wakeup[]> },
): void {
  describe(`wakeup contract: ${name}`, () => {
    let nodes: readonly Wakeup[] = [];

    afterEach(async () => {
      await Promise.all(nodes.map((node) => node.close()));
    });

    it('tells every listener of every node, also of the announcing one', async () => {
      nodes = await options.openNodes(options.maxNodes);
      const heard = nodes.flatMap((node) => [nextAnnouncement(node), nextAnnouncement(node)]);
      nodes[0]?.announce(log, 7);
      expect(await Promise.all(heard)).toEqual(heard.map(() => [log, 7]));
    });

    it('tells announcements of one node in their order', async () => {
      nodes = await options.openNodes(options.maxNodes);
      const heads: number[] = [];
      const done = new Promise<void>((resolve) => {
        nodes.at(-1)?.listen((_, head) => {
          heads.push(head);
          if (head === 3) resolve();
        });
      });
      for (const head of [1, 2, 3]) nodes[0]?.announce(log, head);
      await done;
      expect(heads).toEqual([1, 2, 3]);
    });

    it('does not mind an announcement that nobody hears, nor one after close', async () => {
      nodes = await options.openNodes(1);
      nodes[0]?.announce(log, 1);
      await nodes[0]?.close();
      expect(() => nodes[0]?.announce(log, 2)).not.toThrow();
    });
  });
}

function nextAnnouncement(node: Wakeup): Promise<unknown> {
  return new Promise((resolve) => node.listen((...announcement) => resolve(announcement)));
}
