/// Cuts a text into pieces that no token may cross.
public protocol Splitter: Sendable {
  /// Returns what is cut: the text itself, or with what the splitter sets before it.
  func prepare(_ text: consuming AlignedText) -> AlignedText

  /// Returns the pieces of `text.bytes` in order; what lies between them is dropped.
  func pieces(of text: AlignedText) -> [Range<Int>]
}

extension Splitter {
  /// Returns the text itself.
  public func prepare(_ text: consuming AlignedText) -> AlignedText { text }
}

/// Cuts a text at the boundaries of a unit of Unicode text segmentation.
public struct BoundarySplitter: Splitter {
  /// What a piece is.
  public let unit: TextUnit

  /// Creates the splitter into units of a kind.
  public init(_ unit: TextUnit) {
    self.unit = unit
  }

  /// Returns the units of `text.bytes`.
  public func pieces(of text: AlignedText) -> [Range<Int>] {
    let offsets = Boundaries.offsets(of: unit, in: text.bytes)
    return zip(offsets, offsets.dropFirst()).map { $0..<$1 }
  }
}

extension AlignedText {
  /// Returns the pieces of `bytes`, without gaps, of which `end` tells where the one from an index on ends.
  @inline(__always)
  func pieces(_ end: (Int, UnsafeBufferPointer<UInt8>) -> Int) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    pieces.reserveCapacity(bytes.count / 5 + 1)
    bytes.withUnsafeBufferPointer { bytes in
      var index = 0
      while index < bytes.count {
        let next = end(index, bytes)
        pieces.append(index..<next)
        index = next
      }
    }
    return pieces
  }
}
