/** The tables of the event log. Times are milliseconds since the epoch by the database's clock. */
export interface EventLogTables {
  event_log_partition: EventLogPartitionTable;
  event_log_segment: EventLogSegmentTable;
  event_log_group: EventLogGroupTable;
  event_log_member: EventLogMemberTable;
  event_log_position: EventLogPositionTable;
}

/** The end of each partition; its row lock orders appends. Belongs to no tenant. */
export interface EventLogPartitionTable {
  topic: string;
  partition: number;
  next_offset: number;
}

/** A run of records of one tenant with consecutive offsets from `base_offset`, encoded by `record-codec.ts`. */
export interface EventLogSegmentTable {
  topic: string;
  partition: number;
  base_offset: number;
  tenant_id: string;
  record_count: number;
  appended_at: number;
  payload: Buffer;
}

/** A consumer group and one topic it reads; its row lock orders what its members do. Belongs to no tenant. */
export interface EventLogGroupTable {
  group_name: string;
  topic: string;
  last_seen_at: number;
}

/** A live consumer of a group's topic. Belongs to no tenant. */
export interface EventLogMemberTable {
  group_name: string;
  topic: string;
  member_id: string;
  joined_at: number;
  last_seen_at: number;
}

/** How far a group has come in one partition, and who owns it now. Belongs to no tenant. */
export interface EventLogPositionTable {
  group_name: string;
  topic: string;
  partition: number;
  committed_offset: number;
  owner_id: string | null;
  /** Grows at each change of the owner: a commit of an earlier epoch is refused. */
  owner_epoch: number;
}
