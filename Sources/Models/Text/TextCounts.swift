// What the classifiers that read no order see of a text: which features it has and how often.

import SeqaeFiles
import SeqaeTensors
import SeqaeText

/// What of a text is counted.
public enum TextFeatures: Sendable, Equatable {
  /// Its words as Unicode segments them, letters of one case, without what lies between words.
  case words
  /// Its runs of code points, of all lengths in a range.
  case characters(ClosedRange<Int>)

  /// Returns the features of a text, in order, as often as they stand there.
  public func callAsFunction(_ text: [UInt8]) -> [ByteString] {
    switch self {
    case .words:
      let bounds = Boundaries.offsets(of: .word, in: text)
      return zip(bounds, bounds.dropFirst()).compactMap { start, end in
        let word = String(decoding: text[start..<end], as: UTF8.self)
        // What has neither letters nor digits lies between words.
        guard word.contains(where: { $0.isLetter || $0.isNumber }) else { return nil }
        return ByteString(word.lowercased())
      }
    case .characters(let lengths):
      let starts = text.indices.filter { text[$0].beginsCodePoint } + [text.count]
      return lengths.flatMap { length -> [ByteString] in
        guard starts.count > length else { return [] }
        return (0..<starts.count - length).map { place in
          ByteString(Array(text[starts[place]..<starts[place + length]]))
        }
      }
    }
  }
}

/// The features of some texts, numbered in the order in which they first come.
public struct TextCounts: Sendable {
  /// What is counted.
  public let features: TextFeatures
  private let numbers: [ByteString: TokenID]

  /// Numbers the features of texts.
  ///
  /// - Parameters:
  ///   - features: what is counted.
  ///   - texts: UTF-8.
  ///   - limit: the most features; the most frequent ones are kept, of equals the first.
  public init(_ features: TextFeatures, of texts: [[UInt8]], limit: Int = .max) {
    self.features = features
    var order: [ByteString] = []
    var counts: [ByteString: Int] = [:]
    for feature in texts.lazy.flatMap({ features($0) }) {
      if counts[feature, default: 0] == 0 { order.append(feature) }
      counts[feature, default: 0] += 1
    }
    if order.count > limit {
      let ranked = order.indices.sorted {
        (-(counts[order[$0]] ?? 0), $0) < (-(counts[order[$1]] ?? 0), $1)
      }
      order = ranked.prefix(limit).sorted().map { order[$0] }
    }
    numbers = Dictionary(
      uniqueKeysWithValues: order.enumerated().map { ($0.element, TokenID($0.offset)) })
  }

  /// F, the number of features.
  public var count: Int { numbers.count }

  /// Returns the features of each text, as often as they occur; those that have no number are left out.
  public func bags(_ texts: [[UInt8]]) -> [[TokenID]] {
    texts.map { features($0).compactMap { numbers[$0] } }
  }

  /// Returns the same as what a linear classifier reads.
  public func callAsFunction(_ texts: [[UInt8]]) -> ProbeFeatures {
    .bags(bags(texts), size: max(1, count))
  }
}
