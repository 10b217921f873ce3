/// Tells which of many hashes have come before, in bounded memory.
///
/// Hashes are kept in two generations: when the young one is full the old one is forgotten. A hash that
/// comes again is known if fewer than `generation` others came between, and forgotten after twice as many.
package struct RecentHashes {
  /// Each generation takes 16 MiB when it is full; the largest corpus of the shipped denoiser has 341,137
  /// lines for training, so that none of its repeats is missed.
  package static let standardGeneration = 1 << 20

  private let generation: Int
  private var young: Set<UInt64> = []
  private var old: Set<UInt64> = []

  /// Creates an empty memory of two generations of so many hashes.
  package init(generation: Int = standardGeneration) {
    precondition(generation > 0, "RecentHashes: generations of \(generation)")
    self.generation = generation
  }

  /// Whether a hash is among those kept.
  package func contains(_ hash: UInt64) -> Bool { young.contains(hash) || old.contains(hash) }

  /// Keeps a hash that isn't kept yet.
  package mutating func insert(_ hash: UInt64) {
    if young.count == generation {
      old = young
      young = []
    }
    young.insert(hash)
  }
}
