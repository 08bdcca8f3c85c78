//! What Pennon refuses, with the numbers in one place.

/// Bytes of a request body.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Bytes of a flag key.
pub const MAX_FLAG_KEY_BYTES: usize = 256;
/// Bytes of an environment identity.
pub const MAX_ENVIRONMENT_ID_BYTES: usize = 40;
/// Flags in one environment.
pub const MAX_FLAGS: usize = 5_000;
/// Bytes of one flag definition, as JSON.
pub const MAX_FLAG_BYTES: usize = 64 * 1024;
/// Bytes of a packed snapshot: eight chunks fit in one DynamoDB transaction of 4 MB beside the other items.
pub const MAX_PACKED_BYTES: usize = MAX_CHUNKS * MAX_CHUNK_BYTES;
/// Bytes of one snapshot chunk: a DynamoDB item holds at most 400 KB.
pub const MAX_CHUNK_BYTES: usize = 350 * 1024;
/// Chunks of one snapshot.
pub const MAX_CHUNKS: usize = 8;
/// Bytes of a definition file, unpacked: bounds the memory that a snapshot can ask for, whatever it claims.
pub const MAX_DEFINITION_BYTES: usize = 32 * 1024 * 1024;
/// How deep a context may nest.
pub const MAX_CONTEXT_DEPTH: usize = 32;
/// How deep a flag definition may nest.
pub const MAX_RULE_DEPTH: usize = 64;
