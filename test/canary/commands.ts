import { runCommand } from '../cli/process.ts';
import type { Canaries } from './canaries.ts';

/** What commands say that cannot do what they should, at the most talkative level. */
export async function failingCommands(dataDir: string, canaries: Canaries): Promise<[string, string][]> {
  const { password = '', token = '' } = canaries;
  const settings = { LOG_LEVEL: 'trace', TRIBUTARY_SANDBOX: 'false', TRIBUTARY_DATA_DIR: dataDir };
  const unreachable = {
    ...settings,
    DATABASE_URL: `postgresql://someone:${password}@127.0.0.1:1/ads?x=${token}`,
    TRIBUTARY_SECRET_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
  };
  const runs = {
    doctor: runCommand(['doctor'], unreachable),
    sync: runCommand(['sync'], unreachable),
    start: runCommand(['start'], { ...settings, TRIBUTARY_SECRET_KEYS: `k:${token}` }),
    status: runCommand(['secrets', 'status'], settings),
    rotate: runCommand(['secrets', 'rotate'], settings),
  };
  return Promise.all(
    Object.entries(runs).map(async ([name, run]): Promise<[string, string]> => {
      const { stdout, stderr } = await run;
      return [`the command ${name}`, `${stdout}\n${stderr}`];
    }),
  );
}
