import SeqaeModels
import SeqaeTensors
import SeqaeText

/// A place of a text that looks damaged.
public struct Suspicion: Sendable, Equatable {
  /// Where it begins, in code points.
  public let offset: Int
  /// What stands there, UTF-8: neighbouring suspicious characters are one place.
  public let text: [UInt8]
  /// The highest probability of its characters.
  public let confidence: Double

  /// Returns the places of a text whose characters have at least a given score.
  ///
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - scores: a number for each code point.
  ///   - places: where each code point is said to stand; nil for one that is not to be named.
  ///   - threshold: the least score that is named.
  /// - Returns: the places, from front to back.
  static func places(
    in text: [UInt8], _ scores: [Float], at places: [Int?], threshold: Double
  ) -> [Suspicion] {
    var result: [Suspicion] = []
    var last: Int?  // where the place before ended, if what follows belongs to it
    for (index, scalar) in String(decoding: text, as: UTF8.self).unicodeScalars.enumerated()
    where index < scores.count {
      guard let place = places[index], Double(scores[index]) >= threshold else {
        last = nil
        continue
      }
      let (bytes, score) = (Array(String(scalar).utf8), Double(scores[index]))
      if let before = result.last, last == place - 1 {
        result[result.count - 1] = Suspicion(
          offset: before.offset, text: before.text + bytes,
          confidence: max(before.confidence, score))
      } else {
        result.append(Suspicion(offset: place, text: bytes, confidence: score))
      }
      last = place
    }
    return result
  }
}

extension ElectraDirectory {
  /// Returns the places of each text that look damaged.
  ///
  /// - Parameters:
  ///   - texts: UTF-8 of any length.
  ///   - minimumSuspicion: the least probability that is named; nil for the model's own.
  ///   - precision: what products are computed in; nil for what this machine is fastest in.
  /// - Returns: for each text its places.
  public func suspicions(
    in texts: [[UInt8]], minimumSuspicion: Double? = nil, precision: WeightPrecision? = nil
  ) -> [[Suspicion]] {
    places(in: texts, minimumSuspicion, precision) { _, count in Array(0..<count) }
  }

  /// Returns the places of each repaired text that the repair kept and that look damaged, by their offsets in what
  /// was repaired.
  ///
  /// The repaired texts are judged, since damage makes what is beside it look damaged too.
  ///
  /// - Parameters:
  ///   - repairs: what was made of the texts.
  ///   - minimumSuspicion: the least probability that is named; nil for the model's own.
  ///   - precision: what products are computed in; nil for what this machine is fastest in.
  /// - Returns: for each repair the places that it left.
  public func suspicions(
    in repairs: [Repair], minimumSuspicion: Double? = nil, precision: WeightPrecision? = nil
  ) -> [[Suspicion]] {
    places(in: repairs.map(\.text), minimumSuspicion, precision) { number, count in
      repairs[number].sources(count: count)
    }
  }

  private func places(
    in texts: [[UInt8]], _ minimumSuspicion: Double?, _ precision: WeightPrecision?,
    _ sources: (_ number: Int, _ count: Int) -> [Int?]
  ) -> [[Suspicion]] {
    let scores = model.suspicions(of: texts, precision: precision ?? .fastestReal)
    return texts.indices.map { number in
      Suspicion.places(
        in: texts[number], scores[number], at: sources(number, scores[number].count),
        threshold: minimumSuspicion ?? self.minimumSuspicion)
    }
  }
}

extension Repair {
  /// For each of `count` code points of the repaired text the offset in the input from which it was kept; nil for
  /// one that was put in.
  func sources(count: Int) -> [Int?] {
    var sources: [Int?] = []
    sources.reserveCapacity(count)
    var offset = 0  // in the input
    for edit in edits {
      while offset < edit.offset {
        sources.append(offset)
        offset += 1
      }
      sources += repeatElement(nil, count: codePointCount(edit.inserted))
      offset += codePointCount(edit.removed)
    }
    while sources.count < count {
      sources.append(offset)
      offset += 1
    }
    return sources
  }
}
