//! Nothing: this package is its tests. They begin at `it/main.rs`.
