import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { demo, expectConsistent, numberAt, webhooks } from '../helpers/demo-report.ts';
import { startLocal } from '../helpers/local-deployment.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';

describe('edi demo', () => {
  it('starts a deployment of its own when none answers, and leaves nothing behind', async () => {
    const scratch = makeScratchFolder();
    try {
      const env = { XDG_RUNTIME_DIR: scratch.path, TMPDIR: scratch.path };
      // Nothing listens on port 1: binding it takes privileges.
      const report = await demo(['--json', '--url', 'http://127.0.0.1:1'], env);
      expect(report).toMatchObject({ ownDeployment: true });
      expectConsistent(report);
      const left = readdirSync(scratch.path, { recursive: true, withFileTypes: true });
      expect(left.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([]);
    } finally {
      scratch.remove();
    }
  });

  it('finds a running deployment by EDI_URL, and counts its own events however often it is run', async () => {
    await using deployment = await startLocal();
    const env = { ...deployment.env, EDI_URL: deployment.url };
    const first = await demo(['--json'], env);
    const second = await demo(['--json'], env);
    for (const report of [first, second]) {
      expect(report).toMatchObject({ ownDeployment: false, url: deployment.url });
      expectConsistent(report);
    }
    const unique = numberAt(first, 'sent.uniqueEvents');
    const status = await waitUntilIdle(deployment);
    expect(status['deadLetters']).toBe(0);
    const legacy = numberAt(first, 'legacy.rows');
    expect(status['rows']).toBe(2 * (unique + legacy));
    const [played] = await query(deployment, 'SELECT count(*) AS rows FROM events.playback_track_played_v1');
    expect(Number(played?.['rows'])).toBe(2 * (unique - webhooks + legacy));
    // Each app sends as itself.
    const apps = await query(
      deployment,
      'SELECT data.client.os AS os, sdk FROM events.playback_track_played_v1 GROUP BY ALL ORDER BY os',
    );
    expect(apps.map(({ os, sdk }) => [os, sdk])).toEqual([
      ['Android', 'android'],
      ['Web', 'web'],
      ['Windows', 'desktop'],
      ['iOS', 'ios'],
      ['macOS', 'desktop'],
      ['tv', 'legacy-music-tv'],
    ]);
  });
});
