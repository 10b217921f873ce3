import CUTF8Proc

/// The Unicode normalisation forms, by the data of utf8proc.
///
/// Unicode Standard Annex #15. Decomposition, canonical order and composition are applied to the
/// smallest stretches that normalise on their own, so that each knows its bytes in the original:
///
/// ```swift
/// UnicodeNormalizer(.nfc).normalize(AlignedText(Array("e\u{301}".utf8))).bytes  // "é": C3 A9
/// ```
///
/// Linear in the text but for sorting runs of combining marks, n log n.
public struct UnicodeNormalizer: Normalizer {
  /// A normalisation form.
  public enum Form: String, CaseIterable, Sendable {
    case nfc = "NFC"
    case nfd = "NFD"
    case nfkc = "NFKC"
    case nfkd = "NFKD"
    /// For caseless identifier matching; drops what is ignorable by default (UAX #44, NFKC_CF).
    case nfkcCasefold = "NFKC_Casefold"

    var composes: Bool { self != .nfd && self != .nfkd }

    var options: Int32 {
      switch self {
      case .nfc, .nfd: 0
      case .nfkc, .nfkd: Int32(SEQAE_COMPATIBILITY)
      case .nfkcCasefold: Int32(SEQAE_COMPATIBILITY | SEQAE_CASE_FOLD | SEQAE_DROP_IGNORABLE)
      }
    }
  }

  /// The form that texts are brought into.
  public let form: Form

  /// Creates the normaliser of a form.
  public init(_ form: Form) {
    self.form = form
  }

  /// The version of utf8proc in use, such as "2.8.0".
  public static var libraryVersion: String { String(cString: utf8proc_version()) }

  /// The Unicode version of the data, such as "15.0.0".
  public static var unicodeVersion: String { String(cString: utf8proc_unicode_version()) }

  /// Returns `text` in the form; bytes that are not UTF-8 stay and separate their neighbours.
  public func normalize(_ text: consuming AlignedText) -> AlignedText {
    let old = text
    let isUnchanged = old.bytes.withUnsafeBufferPointer { inertPrefix($0, from: 0) == $0.count }
    if isUnchanged { return old }
    var rewriter = AlignedText.Rewriter(old)
    var stretch = Stretch()
    old.bytes.withUnsafeBufferPointer { bytes in
      var position = 0
      while position < bytes.count {
        var next = inertPrefix(bytes, from: position)
        if next < bytes.count, decodeScalar(bytes, at: next) == nil {
          next += 1  // not UTF-8: passes through
        } else if next < bytes.count, next > position {
          next = start(ofScalarEndingAt: next, bytes)  // may compose with what follows
        }
        rewriter.copy(position..<next)
        position = next
        position = stretch.collect(bytes, from: position, form)
        stretch.normalize(form)
        stretch.emit(bytes, into: &rewriter)
      }
    }
    return rewriter.finish()
  }

  /// Returns where the first code point from `start` lies that the form may change, or stray byte.
  private func inertPrefix(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var index = start
    while index < bytes.count, let scalar = decodeScalar(bytes, at: index),
      form.leavesAlone(scalar.value)
    {
      index += scalar.length
    }
    return index
  }

  private func start(ofScalarEndingAt end: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var index = end - 1
    while index > 0, !bytes[index].beginsCodePoint { index -= 1 }
    return index
  }
}

extension UnicodeNormalizer.Form {
  /// Whether `scalar` is its own normal form and never composes with what stands before it.
  ///
  /// True only of large ranges known for every Unicode version; others are looked up.
  func leavesAlone(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0..<0x80: self != .nfkcCasefold || !(0x41...0x5A).contains(scalar)
    case 0x3400...0x4DBF, 0x4E00...0x9FFF: true  // Han, without the compatibility ideographs
    default: false
    }
  }
}

extension UnicodeNormalizer.Form {
  /// Whether the form drops `scalar` although it is unassigned.
  ///
  /// DerivedCoreProperties.txt, Default_Ignorable_Code_Point: these are reserved for characters without
  /// a look of their own; utf8proc drops assigned ones only.
  func drops(_ scalar: Int32) -> Bool {
    guard self == .nfkcCasefold else { return false }
    switch scalar {
    case 0x2065, 0xFFF0...0xFFF8, 0xE0000, 0xE0002...0xE001F, 0xE0080...0xE00FF,
      0xE01F0...0xE0FFF:
      return true
    default: return false
    }
  }
}

/// Code points that may interact, with the place in the source that each came from.
private struct Stretch {
  private struct Point {
    var scalar: Int32
    var order: Int32  // combining class
    var first: Int  // the source code points that it was made of: the first …
    var last: Int  // … and the last
  }

  private var starts: [Int] = []  // byte offset of each source code point, and the end
  private var points: [Point] = []

  /// Reads from `start` to before the next code point that the form leaves alone, or stray byte.
  mutating func collect(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ form: UnicodeNormalizer.Form
  ) -> Int {
    starts.removeAll(keepingCapacity: true)
    points.removeAll(keepingCapacity: true)
    var index = start
    while index < bytes.count, let scalar = decodeScalar(bytes, at: index),
      index == start || !form.leavesAlone(scalar.value)
    {
      if !form.drops(Int32(scalar.value)) { decompose(Int32(scalar.value), form) }
      starts.append(index)
      index += scalar.length
    }
    starts.append(index)
    return index
  }

  private mutating func decompose(_ scalar: Int32, _ form: UnicodeNormalizer.Form) {
    let source = starts.count
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 64) { buffer in
      let count = utf8proc_decompose_scalar(
        scalar, buffer.baseAddress, buffer.count, form.options)
      guard 0 <= count, count <= buffer.count else {  // no decomposition exceeds 18 code points
        points.append(Point(scalar: scalar, order: 0, first: source, last: source))
        return
      }
      for part in buffer[..<count] {
        points.append(
          Point(scalar: part, order: utf8proc_class_of(part), first: source, last: source))
      }
    }
  }

  mutating func normalize(_ form: UnicodeNormalizer.Form) {
    order()
    if form.composes { compose() }
  }

  /// Canonical ordering (D109): each run of non-starters is sorted by class, stably.
  private mutating func order() {
    var index = 0
    while index < points.count {
      guard points[index].order != 0 else {
        index += 1
        continue
      }
      var end = index
      var isSorted = true
      while end < points.count, points[end].order != 0 {
        if end > index, points[end - 1].order > points[end].order { isSorted = false }
        end += 1
      }
      if !isSorted {
        // The place breaks ties: the standard library does not promise a stable sort.
        let sorted = points[index..<end].enumerated().sorted {
          ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
        }
        points.replaceSubrange(index..<end, with: sorted.map(\.element))
      }
      index = end
    }
  }

  /// Canonical composition (D117): a code point joins the last starter unless one between blocks it.
  private mutating func compose() {
    var starter: Int?
    var highest: Int32 = -1  // of the classes between the starter and here
    var count = 0
    for point in points {
      if let place = starter, point.order > highest {
        let composite = utf8proc_compose_pair(points[place].scalar, point.scalar)
        if composite >= 0 {
          points[place].scalar = composite
          points[place].first = min(points[place].first, point.first)
          points[place].last = max(points[place].last, point.last)
          continue
        }
      }
      points[count] = point
      if point.order == 0 {
        starter = count
        highest = -1
      } else {
        highest = max(highest, point.order)
      }
      count += 1
    }
    points.removeLast(points.count - count)
  }

  /// Writes the result, cut wherever no code point came from both sides of the cut.
  func emit(_ bytes: UnsafeBufferPointer<UInt8>, into rewriter: inout AlignedText.Rewriter) {
    guard !points.isEmpty else { return }
    var lowestAfter = [Int](repeating: Int.max, count: points.count + 1)
    for index in points.indices.reversed() {
      lowestAfter[index] = min(lowestAfter[index + 1], points[index].first)
    }
    var part: [UInt8] = []
    var first = Int.max
    var last = -1
    for (index, point) in points.enumerated() {
      part.appendScalar(UInt32(truncatingIfNeeded: point.scalar))
      first = min(first, point.first)
      last = max(last, point.last)
      guard last < lowestAfter[index + 1] else { continue }
      let range = starts[first]..<starts[last + 1]
      if part.elementsEqual(bytes[range]) {
        rewriter.copy(range)
      } else {
        rewriter.replace(range, with: part)
      }
      part.removeAll(keepingCapacity: true)
      first = Int.max
      last = -1
    }
  }
}
