// Builds the visitor widget when it is there; it has its own Vite configuration.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

if (existsSync('widget/vite.config.ts')) {
  const { status } = spawnSync('npx', ['vite', 'build', '--config', 'widget/vite.config.ts'], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
