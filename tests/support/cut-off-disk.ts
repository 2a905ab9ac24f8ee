import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An ext4 file system in a file whose power can be cut; needs root on Linux, a loop device, mkfs.ext4 and python3. */
export interface CutOffDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  /** From now on nothing more reaches the device: what was not flushed to it is lost, as when the power fails. */
  cutPower(): void;
  /** Mounts again what is on the device; whoever had files open must have ended. */
  powerOn(): void;
}

/** Why there can be no such disk here; undefined when there can. */
export function whyNoCutOffDisk(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root to mount';
  if (!existsSync('/dev/loop-control')) return 'needs loop devices';
  if (!existsSync('/sbin/mkfs.ext4') && !existsSync('/usr/sbin/mkfs.ext4')) return 'needs mkfs.ext4';
  return undefined;
}

const run = (command: string, ...args: string[]): void => {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** EXT4_IOC_SHUTDOWN (0x8004587d) with EXT4_GOING_FLAGS_NOLOGFLUSH (2): not even the journal is flushed. */
const shutdownScript = `
import fcntl, os, struct, sys
folder = os.open(sys.argv[1], os.O_RDONLY)
fcntl.ioctl(folder, 0x8004587d, struct.pack('I', 2))
`;

export async function mountCutOffDisk(mebibytes: number): Promise<CutOffDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'heliosiq-disk-'));
  const image = join(folder, 'image');
  const path = join(folder, 'mounted');
  await writeFile(image, '');
  await truncate(image, mebibytes * 2 ** 20);
  await mkdir(path);
  run('mkfs.ext4', '-q', '-F', image);
  const powerOn = (): void => run('mount', '-o', 'loop', image, path);
  powerOn();
  // The database's own user must be able to walk here.
  run('chmod', '755', folder, path);
  return {
    path,
    cutPower: () => run('python3', '-c', shutdownScript, path),
    powerOn() {
      run('umount', path);
      powerOn();
    },
    async [Symbol.asyncDispose]() {
      run('umount', path);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
