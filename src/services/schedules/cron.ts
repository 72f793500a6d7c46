import { Cron } from 'croner';
import { badInput } from '../../errors.ts';
import { isTimezone } from '../../lib/days.ts';

/**
 * A cron expression in a zone: five fields (minute hour day month weekday), or six with seconds in front.
 * In a change to summer time a fixed time that does not exist fires right after the gap, in a change back one that
 * exists twice fires the first time; intervals (every five minutes, lists) go by real time (croner's README, "DST handling").
 * Throws BAD_USER_INPUT that says what is wrong.
 */
export function parseCron(cron: string, timezone: string): Cron {
  if (!isTimezone(timezone)) {
    throw badInput(`"${timezone}" is no time zone: use an IANA name such as Europe/Warsaw.`);
  }
  const fields = cron.trim().split(/\s+/).length;
  // croner would also take nicknames, a year and a single date, which a schedule must not be.
  if (cron.trim() === '' || fields < 5 || fields > 6) {
    throw badInput(
      `"${cron}" is no schedule: write 5 fields (minute hour day month weekday), or 6 with seconds first.`,
    );
  }
  try {
    // Without a name: croner keeps named ones in a registry of the whole process.
    return new Cron(cron.trim(), { timezone, mode: '5-or-6-parts' });
  } catch (error) {
    throw badInput(`"${cron}" is no schedule: ${explain(error)}.`);
  }
}

/** `europe/warsaw` → `Europe/Warsaw`; an old name stays what it is. */
export function normalTimezone(timezone: string): string {
  const known = new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
  return known.toLowerCase() === timezone.toLowerCase() ? known : timezone;
}

/** `CronPattern: Invalid value for minute: 61` → `invalid value for minute: 61`. */
function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const plain = text.replace(/^\w+: /, '').replace(/\.$/, '');
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}
