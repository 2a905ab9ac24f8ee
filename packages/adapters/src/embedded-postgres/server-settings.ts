/** How many connections the embedded server takes: pools of one program, and room to look at it by hand. */
export const connectionsMax = 24;

/**
 * Settings of the embedded server: one program on one machine, durable (fsync stays on), small in memory. They are
 * given on its command line, so that a newer version of HeliosIQ brings its own.
 */
const settings: Readonly<Record<string, string>> = {
  // Reached from this machine by TCP alone: a socket's path would have to be short.
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: String(connectionsMax),
  superuser_reserved_connections: '2',
  shared_buffers: '16MB',
  wal_buffers: '1MB',
  work_mem: '4MB',
  maintenance_work_mem: '16MB',
  huge_pages: 'off',
  jit: 'off',
  // No process that a single program has no use for.
  io_method: 'sync',
  max_worker_processes: '0',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  autovacuum_max_workers: '1',
  autovacuum_worker_slots: '1',
  autovacuum_naptime: '30s',
  // There is no replica.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  max_wal_size: '512MB',
  min_wal_size: '64MB',
  checkpoint_timeout: '15min',
  // After a crash one call brings the file system's own writes to disk, instead of one for each of many files.
  recovery_init_sync_method: 'syncfs',
  random_page_cost: '1.1',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
  password_encryption: 'scram-sha-256',
};

/** The server's command line for a folder and a port. */
export function serverArguments(folder: string, port: number): readonly string[] {
  return [
    '-D',
    folder,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
