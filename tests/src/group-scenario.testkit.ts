// A group and what happens to it, drawn from a seed: people write, edit, react, come and go, change roles and names, devices go away
// and come back. Every step is the SDK's own call on a real client against a real relay; what may fail (somebody was removed a moment
// ago) fails with a code. group-history.testkit.ts judges what everybody sees in the end.
import { type ConversationId, type Message, SirdasError } from '@sirdas/client';
import { linkDevice } from './linking.testkit.ts';
import { type Person, returnPerson } from './person.testkit.ts';
import type { SeededRandom } from './seeded-random.testkit.ts';

/** What may come of an operation that somebody else's was quicker than. */
const ACCEPTABLE_CODES: ReadonlySet<string> = new Set([
  ...(['NOT_ALLOWED', 'UNKNOWN_MESSAGE', 'UNREACHABLE', 'CLOSED', 'ABORTED', 'GROUP_BUSY'] as const),
  ...(['ALREADY_MEMBER', 'NOT_A_MEMBER', 'LAST_OWNER', 'STALE_EPOCH', 'NO_KEY_PACKAGE'] as const),
  ...([
    'DEVICE_REVOKED',
    'UNKNOWN_DEVICE',
    'THIS_DEVICE',
    'RECORD_STALE',
    'LINKING_BUSY',
    'LINKING_ENDED',
  ] as const),
]);

/** One device of somebody in the scenario. */
export interface Actor {
  readonly label: string;
  person: Person;
  isOpen: boolean;
  /** Resolves when the vault is free again. */
  closed: Promise<void>;
}

export interface ScenarioOptions {
  readonly random: SeededRandom;
  readonly actors: Actor[];
  /** For further devices. */
  readonly relayLink: string;
  /** Made by the first actor, who stays: the others' histories are compared with this one. */
  readonly conversation: ConversationId;
}

const MAX_DEVICES = 3;

type Operation = (actor: Actor) => Promise<unknown>;

export class GroupScenario {
  readonly #options: ScenarioOptions;
  readonly #operations: readonly (readonly [weight: number, name: string, operation: Operation])[];
  readonly refusals = new Map<string, number>();
  readonly done = new Map<string, number>();
  #texts = 0;
  #isLinking = false;
  /** Neither away nor there: nothing else happens to them meanwhile. */
  readonly #returning = new Set<Actor>();

  constructor(options: ScenarioOptions) {
    this.#options = options;
    this.#operations = [
      [50, 'send', (actor) => this.#send(actor)],
      [8, 'reply', (actor) => this.#reply(actor)],
      [8, 'edit', (actor) => this.#edit(actor)],
      [4, 'delete', (actor) => this.#delete(actor)],
      [10, 'react', (actor) => this.#react(actor)],
      [3, 'rename', (actor) => this.#rename(actor)],
      [4, 'remove', (actor) => this.#remove(actor)],
      [6, 'add', (actor) => this.#add(actor)],
      [2, 'role', (actor) => this.#setRole(actor)],
      [6, 'stop', (actor) => this.#stop(actor)],
      [9, 'return', () => this.#returnSomebody()],
      [2, 'link', (actor) => this.#link(actor)],
      [2, 'revoke', (actor) => this.#revoke(actor)],
    ];
  }

  /** Random operations, several at a time as in life. */
  async run(operations: number, atOnce: number): Promise<void> {
    const { random, actors } = this.#options;
    for (let i = 0; i < operations; i += atOnce) {
      const drawn = Array.from({ length: Math.min(atOnce, operations - i) }, () => {
        const actor = pick(random, actors);
        return { actor, ...this.#draw() };
      });
      await Promise.all(drawn.map(({ actor, name, operation }) => this.#try(name, () => operation(actor))));
    }
  }

  /** Everybody is back, nothing waits to be sent, and all have the same group. */
  async settle(): Promise<void> {
    const { actors, conversation } = this.#options;
    for (const actor of actors) await this.#return(actor);
    // What everybody sends stays in its order: behind this nothing of theirs is on its way any more.
    const active = actors.filter((actor) => stateOf(actor, conversation) === 'active');
    for (const { label, person } of active) await person.sirdas.sendTo(conversation, `the end of ${label}`);
    for (const actor of active) {
      await waitUntilAsync(
        async () => (await this.#findUnsettled(actor, active)) === null,
        async () => `${actor.label} has everything: ${await this.#findUnsettled(actor, active)}`,
      );
    }
  }

  /** What this device still waits for; null: nothing. */
  async #findUnsettled({ person, label }: Actor, active: readonly Actor[]): Promise<string | null> {
    const messages = await person.sirdas.messages(this.#options.conversation, { limit: 500 });
    const queued = messages.filter(({ delivery }) => delivery === 'queued');
    const link = JSON.stringify(person.sirdas.link);
    if (queued.length > 0) return `${queued.length} messages wait, ${link}`;
    const texts = new Set(messages.map(({ body }) => (body.kind === 'text' ? body.text : '')));
    const missing = active.filter((other) => !texts.has(`the end of ${other.label}`));
    return missing.length === 0
      ? null
      : `${label} misses the end of ${missing.map((other) => other.label)}, ${link}`;
  }

  async #try(name: string, operation: () => Promise<unknown>): Promise<void> {
    try {
      await operation();
      this.done.set(name, (this.done.get(name) ?? 0) + 1);
    } catch (cause) {
      const code = cause instanceof SirdasError ? cause.code : null;
      if (code === null || !ACCEPTABLE_CODES.has(code)) {
        throw new Error(`${name} failed in a way that nobody expects`, { cause });
      }
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    }
  }

  #draw() {
    const { random } = this.#options;
    const total = this.#operations.reduce((sum, [weight]) => sum + weight, 0);
    let left = random.below(total);
    for (const [weight, name, operation] of this.#operations) {
      left -= weight;
      if (left < 0) return { name, operation };
    }
    throw new Error('weights do not add up');
  }

  async #send(actor: Actor): Promise<void> {
    if (!this.#canAct(actor)) return;
    await actor.person.sirdas.sendTo(this.#options.conversation, `text ${++this.#texts} of ${actor.label}`);
  }

  async #reply(actor: Actor): Promise<void> {
    const message = await this.#pickMessage(actor, () => true);
    if (!message) return;
    const replyTo = { sender: message.sender, id: message.id };
    await actor.person.sirdas.sendTo(this.#options.conversation, `answer ${++this.#texts}`, { replyTo });
  }

  async #edit(actor: Actor): Promise<void> {
    const own = await this.#pickMessage(actor, ({ sender }) => sender === actor.person.nickname);
    if (own) {
      await actor.person.sirdas.edit(this.#options.conversation, own.id, `edited ${++this.#texts}`);
    }
  }

  async #delete(actor: Actor): Promise<void> {
    const own = await this.#pickMessage(actor, ({ sender }) => sender === actor.person.nickname);
    if (own) await actor.person.sirdas.deleteForAll(this.#options.conversation, own.id);
  }

  async #react(actor: Actor): Promise<void> {
    const message = await this.#pickMessage(actor, () => true);
    if (!message) return;
    const emoji = pick(this.#options.random, ['👍', '❤️', '🎉', '']);
    const reference = { sender: message.sender, id: message.id };
    await actor.person.sirdas.react(this.#options.conversation, reference, emoji);
  }

  async #rename(actor: Actor): Promise<void> {
    if (!this.#canAct(actor)) return;
    await actor.person.sirdas.groups.rename(this.#options.conversation, `name ${++this.#texts}`);
  }

  async #add(actor: Actor): Promise<void> {
    if (!this.#canAct(actor)) return;
    const missing = this.#nicknames().filter((nickname) => !this.#membersSeenBy(actor).includes(nickname));
    if (missing.length === 0) return;
    await actor.person.sirdas.groups.add(this.#options.conversation, [pick(this.#options.random, missing)]);
  }

  async #remove(actor: Actor): Promise<void> {
    if (!this.#canAct(actor)) return;
    const { random, actors, conversation } = this.#options;
    const others = this.#membersSeenBy(actor).filter((nickname) => nickname !== actors[0]?.person.nickname);
    if (others.length > 1) await actor.person.sirdas.groups.remove(conversation, pick(random, others));
  }

  async #setRole(actor: Actor): Promise<void> {
    if (!this.#canAct(actor)) return;
    const { random, actors, conversation } = this.#options;
    const others = this.#membersSeenBy(actor).filter((nickname) => nickname !== actors[0]?.person.nickname);
    if (others.length === 0) return;
    const role = pick(random, ['member', 'admin'] as const);
    await actor.person.sirdas.groups.setRole(conversation, pick(random, others), role);
  }

  /** In the middle of whatever it does; what it had promised is in its vault. */
  async #stop(actor: Actor): Promise<void> {
    if (!actor.isOpen || actor === this.#options.actors[0]) return;
    actor.isOpen = false;
    actor.closed = actor.person.sirdas.close();
    await actor.closed;
  }

  async #returnSomebody(): Promise<void> {
    const away = this.#options.actors.filter((actor) => !actor.isOpen && !this.#returning.has(actor));
    if (away.length > 0) await this.#return(pick(this.#options.random, away));
  }

  async #return(actor: Actor): Promise<void> {
    if (actor.isOpen || this.#returning.has(actor)) return;
    this.#returning.add(actor);
    try {
      await actor.closed;
      actor.person = await returnPerson(actor.person);
      actor.isOpen = true;
    } finally {
      this.#returning.delete(actor);
    }
  }

  /** A further device, with or without what was said before. */
  async #link(actor: Actor): Promise<void> {
    const { random, actors, relayLink, conversation } = this.#options;
    const devices = actors.filter(({ person }) => person.nickname === actor.person.nickname);
    if (!this.#canAct(actor) || devices.length >= MAX_DEVICES || this.#isLinking) return;
    this.#isLinking = true;
    try {
      const person = await linkDevice(actor.person, relayLink, { old: { history: random.below(2) === 0 } });
      const label = `${actor.person.nickname}-${++this.#texts}`;
      if (person.sirdas.conversations().some(({ id }) => id === conversation)) {
        actors.push({ label, person, isOpen: true, closed: Promise.resolve() });
      }
    } finally {
      this.#isLinking = false;
    }
  }

  /** One of the own other devices, wherever it is. */
  async #revoke(actor: Actor): Promise<void> {
    const { random, actors } = this.#options;
    const others = actors.filter(
      (other) => other !== actor && other !== actors[0] && other.person.nickname === actor.person.nickname,
    );
    const settled = others.filter((other) => !this.#returning.has(other));
    if (!this.#canAct(actor) || settled.length === 0) return;
    const lost = pick(random, settled);
    const device = lost.person.sirdas.account?.device;
    if (!device) return;
    await actor.person.sirdas.devices.revoke(device);
    actors.splice(actors.indexOf(lost), 1);
    lost.isOpen = false;
    await lost.person.sirdas.close();
  }

  async #pickMessage(actor: Actor, fits: (message: Message) => boolean): Promise<Message | null> {
    if (!this.#canAct(actor)) return null;
    const page = await actor.person.sirdas.messages(this.#options.conversation, { limit: 20 });
    const texts = page.filter((message) => message.body.kind === 'text' && fits(message));
    return texts.length === 0 ? null : pick(this.#options.random, texts);
  }

  #canAct(actor: Actor): boolean {
    return actor.isOpen && stateOf(actor, this.#options.conversation) === 'active';
  }

  #nicknames(): string[] {
    return [...new Set(this.#options.actors.map(({ person }) => person.nickname))];
  }

  #membersSeenBy(actor: Actor): string[] {
    const conversation = conversationOf(actor, this.#options.conversation);
    return (conversation?.members ?? []).map(({ nickname }) => nickname);
  }
}

function conversationOf({ person }: Actor, id: ConversationId) {
  return person.sirdas.conversations().find((conversation) => conversation.id === id) ?? null;
}

function stateOf(actor: Actor, id: ConversationId) {
  return conversationOf(actor, id)?.state ?? null;
}

async function waitUntilAsync(holds: () => Promise<boolean>, describe: () => Promise<string>): Promise<void> {
  const deadlineMs = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`still waiting until ${await describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function pick<Item>(random: SeededRandom, items: readonly Item[]): Item {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
