import SeqaeRandom

/// Reads text in another encoding than it was written in: `ä»Šå¤©` for 今天, `crÃ¨me`.
///
/// Each run of letters and marks between spaces that is not all ASCII is misread with probability `rate`, the
/// whole text in one way: UTF-8 as Windows-1252, as Latin-1 or as GBK, or GBK as UTF-8. What can't be read
/// becomes U+FFFD, as programs have it; no letter of ASCII changes.
public struct MojibakeNoise: TextNoise {
  /// The probability that a run is misread.
  public let rate: Double

  /// The encodings that text is written and then read in, each as often as it stands here.
  private static let mistakes: [(written: TextEncoding, read: TextEncoding)] = [
    (.utf8, .windows1252), (.utf8, .windows1252), (.utf8, .latin1), (.utf8, .gbk), (.gbk, .utf8),
  ]

  /// Creates the noise.
  public init(rate: Double) {
    requireProbability(rate, of: "MojibakeNoise")
    self.rate = rate
  }

  /// Returns `text` misread.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    guard graphemes.bytes.count <= TextEncoding.longest else { return text }
    let mistake = random.element(of: Self.mistakes)
    var result: [UInt8] = []
    result.reserveCapacity(2 * graphemes.bytes.count)
    var index = 0
    while index < graphemes.count {
      let start = index
      let isRun = graphemes.kinds[index].isWritten
      while index < graphemes.count, graphemes.kinds[index].isWritten == isRun { index += 1 }
      let run = graphemes.bytes[graphemes.offsets[start]..<graphemes.offsets[index]]
      if isRun, !run.allSatisfy({ $0 < 0x80 }), random.chance(rate) {
        let text = String(decoding: run, as: UTF8.self)
        result += Array(mistake.read.decode(mistake.written.encode(text)).utf8)
      } else {
        result.append(contentsOf: run)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
