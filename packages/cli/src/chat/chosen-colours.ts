// The colours that people chose, from everything that is known of them. Pure; called by the model.
import type { ColouredPerson, Nickname } from '@sirdas/client';
import type { ChosenColours } from './chat-view.ts';

/** The last one told of a person counts. The same object as `known` when nothing has changed. */
export function collectColours(people: readonly ColouredPerson[], known: ChosenColours): ChosenColours {
  const colours = new Map<Nickname, number>();
  for (const { nickname, chosenColour } of people) {
    if (chosenColour === null) colours.delete(nickname);
    else colours.set(nickname, chosenColour);
  }
  const isSame =
    colours.size === known.size && [...colours].every(([name, colour]) => known.get(name) === colour);
  return isSame ? known : colours;
}
