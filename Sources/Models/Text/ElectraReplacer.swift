import SeqaeFiles
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// The second use of an ELECTRA: its generator writes what is plausible, and mostly wrong, into clean text.
public struct ElectraReplacer {
  private let electra: Electra
  private let masking: MaskNoise

  /// Creates the noise.
  ///
  /// - Parameters:
  ///   - electra: whose generator it is.
  ///   - rate: the share of tokens that may be replaced; many a replacement is what stood there.
  /// - Throws: a `Failure` if the tokenizer has no mask.
  public init(_ electra: Electra, rate: Double) throws(Failure) {
    self.electra = electra
    masking = try MaskNoise(rate: rate, tokenizer: electra.tokenizer)
  }

  /// Returns lines in which some characters are others that fit the context.
  ///
  /// Only tokens that are whole characters or more are replaced, by such tokens. A line that is longer than the
  /// generator's positions stays as it is.
  ///
  /// - Parameters:
  ///   - lines: UTF-8.
  ///   - random: decides places and replacements, for all lines together.
  /// - Returns: as many lines.
  public func callAsFunction(_ lines: [[UInt8]], using random: Random) -> [[UInt8]] {
    let tokenizer = electra.tokenizer
    let encodings = lines.map { tokenizer.encode($0) }
    let limit = electra.configuration.encoder.maximumPositions
    var examples: [Electra.Example] = []
    var numbers: [Int] = []  // of the lines that have an example
    for (number, encoding) in encodings.enumerated() {
      let own = random.child(UInt64(number))
      let ids = encoding.ids
      guard !ids.isEmpty, ids.count < limit else { continue }
      let hidden = masking.corrupt(ids, using: own)
      let isMasked = zip(ids, hidden.isTarget).map { id, isTarget in
        isTarget && tokenizer.isText(id)
      }
      let masked = zip(zip(ids, hidden.input), isMasked).map { $1 ? $0.1 : $0.0 }
      let end = electra.configuration.encoder.end
      examples.append(
        Electra.Example(ids: ids + [end], masked: masked + [end], isMasked: isMasked + [false]))
      numbers.append(number)
    }
    let batch = electra.batch(examples)
    var result = lines
    guard let masked = batch.masked else { return result }
    let drawn = categorical(
      electra.generatorLogits(batch, .inference), using: random.child("replacements")
    ).integers()
    var replacements: [Int: [(place: Int, token: TokenID)]] = [:]
    for (place, token) in zip(masked.flat, drawn) where tokenizer.isText(token) {
      replacements[numbers[place / batch.width], default: []].append((place % batch.width, token))
    }
    for (number, list) in replacements {
      var text: [UInt8] = []
      var start = 0
      for (place, token) in list {
        let range = encodings[number].ranges[place]
        text += lines[number][start..<range.lowerBound] + tokenizer.decode([token])
        start = range.upperBound
      }
      result[number] = text + lines[number][start...]
    }
    return result
  }
}

extension Tokenizer {
  /// Whether a token is text that may stand alone: not special, and not one byte of a character.
  fileprivate func isText(_ token: TokenID) -> Bool {
    !isSpecial(token) && UTF8Validation.firstInvalid(in: decode([token])) == nil
  }
}
