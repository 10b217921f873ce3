import Synchronization

/// The place for a matrix's copy in the layout that its backend's products read fastest, made when one is
/// first asked for.
///
/// A constant matrix, such as a weight at inference, has one for all products with it.
package final class Packing: Sendable {
  private let storage = Mutex<Storage?>(nil)

  /// Creates an empty place.
  package init() {}

  /// Returns the copy, which `make` makes if there is none yet.
  package func callAsFunction(_ make: () -> Storage) -> Storage {
    storage.withLock { storage in
      if let storage { return storage }
      let made = make()
      storage = made
      return made
    }
  }
}
