// Groups of 2, 10 and 50 people at a real relay, with everything that happens in a group's life drawn from a seed; in the end everybody's
// history is what it should be and nothing was undecryptable (THREATS 16, 24, 25). SIRDAS_OPERATIONS multiplies what happens, SIRDAS_SEED
// repeats it, SIRDAS_CROWD adds the largest group.
import { expect, test, vi } from 'vitest';
import { compareHistories, readLines } from './group-history.testkit.ts';
import { type Actor, GroupScenario } from './group-scenario.testkit.ts';
import { linkDevice } from './linking.testkit.ts';
import { joinPerson, type Person } from './person.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';
import { SeededRandom } from './seeded-random.testkit.ts';

/** A hundred devices take some six minutes of a processor: `SIRDAS_CROWD=1` asks for them. */
const CROWD = process.env['SIRDAS_CROWD'] ? [{ people: 50, operations: 40 }] : [];
const MORE = Number(process.env['SIRDAS_OPERATIONS'] ?? 1);

test.each([{ people: 2, operations: 100 * MORE }, { people: 10, operations: 60 * MORE }, ...CROWD])(
  '$people people, $operations operations: everybody has seen the same',
  async ({ people, operations }) => {
    const relay = await startRelay();
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const link = await relay.inviteLink();
    const actors: Actor[] = [];
    for (let i = 0; i < people; i++) {
      const nickname = `person${i}`;
      actors.push({
        label: nickname,
        person: await joinPerson(link, nickname),
        isOpen: true,
        closed: Promise.resolve(),
      });
    }
    const [founder, ...others] = actors;
    if (!founder) throw new Error('nobody is there');
    const members = others.map(({ person }) => person.nickname);
    const { id } = await createGroup(founder.person, members);
    for (const { label, person } of [...actors]) {
      const phone = await linkDevice(person, link, { old: { history: false } });
      actors.push({ label: `${label}-phone`, person: phone, isOpen: true, closed: Promise.resolve() });
    }
    const scenario = new GroupScenario({ random, actors, relayLink: link, conversation: id });
    await scenario.run(operations, 5);
    await scenario.settle();
    console.log(Object.fromEntries(scenario.done), Object.fromEntries(scenario.refusals));
    const histories = await Promise.all(
      actors.map(async ({ label, person }) => ({
        label,
        nickname: person.nickname,
        device: needDevice(person),
        messages: await readLines(person.sirdas, id),
      })),
    );
    const [reference] = histories;
    if (!reference) throw new Error('nobody is there');
    const verdicts = histories.slice(1).map((history) => compareHistories(history.label, reference, history));
    expect(verdicts.flatMap(({ differences }) => differences)).toEqual([]);
    expect(verdicts.map(({ undecryptable }) => undecryptable)).toEqual(verdicts.map(() => 0));
  },
  1_800_000,
);

function needDevice({ sirdas }: Person) {
  if (!sirdas.account) throw new Error('no account');
  return sirdas.account.device;
}

/** Those who have joined a moment ago leave their key packages a moment later. */
async function createGroup({ sirdas }: Person, members: readonly string[]) {
  return vi.waitFor(() => sirdas.groups.create({ name: 'everybody', members }), {
    timeout: 60_000,
    interval: 200,
  });
}
