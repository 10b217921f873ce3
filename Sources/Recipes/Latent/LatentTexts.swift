import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// Texts to codes and back, by the model of a folder.
public struct LatentTexts {
  // Rows of a batch times their tokens, and codes that are written side by side.
  private static let batchTokens = 4096
  private static let batchCodes = 64

  private let model: any LatentModel

  /// Creates the work with a model.
  public init(_ directory: LatentDirectory) { model = directory.model }

  /// Z, the number of values of a code.
  public var size: Int { model.size }
  /// The most tokens of a text that are read.
  public var longest: Int { model.longest }

  /// The names of the classes that the model is told; empty for none.
  public var classes: [ByteString] { model.network.configuration.classes }

  /// Returns the number of a class by its name.
  ///
  /// - Parameters:
  ///   - name: the name, nil if none is given.
  ///   - option: what gives it, for messages.
  /// - Returns: the number; nil for a model that is told none.
  /// - Throws: `Failure(.usage)` if the model has no such class, or needs one.
  public func label(_ name: String?, option: String) throws(Failure) -> Int? {
    let known = classes.map(\.string).joined(separator: ", ")
    guard let name else {
      guard classes.isEmpty else {
        throw Failure(
          .usage, "this model is told the class of a text: give \(option) one of \(known)")
      }
      return nil
    }
    guard !classes.isEmpty else {
      throw Failure(.usage, "\(option): this model knows no classes: leave it out")
    }
    guard let label = classes.firstIndex(of: ByteString(name)) else {
      throw Failure(
        .usage, "\(option): \(ByteString(name).quoted) is no class of this model: it has \(known)")
    }
    return label
  }

  /// Returns the most probable code of each text, of those that are too long that of their beginning.
  ///
  /// - Parameters:
  ///   - lines: UTF-8.
  ///   - label: their class, for a model that is told it.
  /// - Returns: the codes in order, and how many texts were too long.
  public func codes(
    of lines: [[UInt8]], label: Int? = nil
  ) -> (codes: [LatentCode], tooLong: Int) {
    let ids = model.tokenizer.encode(lines: lines).map(\.ids)
    return (codes(of: ids, label: label), ids.count { $0.count > longest })
  }

  /// The most probable code of each row of tokens.
  private func codes(of ids: [[TokenID]], label: Int?) -> [LatentCode] {
    // The longest of a batch comes last.
    let order = ids.indices.sorted { (ids[$0].count, $0) < (ids[$1].count, $1) }
    var codes = [LatentCode](repeating: LatentCode([]), count: ids.count)
    for rows in order.cut(limit: Self.batchTokens, { min(ids[$0].count, longest) + 1 }) {
      let labels = label.map { [Int](repeating: $0, count: rows.count) } ?? []
      let found = model.codes(of: rows.map { ids[$0] }, labels: labels)
      for (row, code) in zip(rows, found) { codes[row] = code }
    }
    return codes
  }

  /// Returns a vector for each text of any length, for a model that is told no class: its most probable code, or, of a text that
  /// is too long and is cut at the ends of sentences, the mean of those of its pieces, weighed by their tokens.
  func vectors(of texts: [[UInt8]]) -> [[Float]] {
    let pieces = model.tokenizer.encode(lines: texts).enumerated().flatMap { number, encoding in
      let cuts = Tokenizer.cut(encoding, of: texts[number], limit: longest)
      return (cuts.isEmpty ? [0..<0] : cuts).map { (text: number, ids: Array(encoding.ids[$0])) }
    }
    var sums = [[Double]](repeating: [Double](repeating: 0, count: size), count: texts.count)
    var weights = [Double](repeating: 0, count: texts.count)
    for (piece, code) in zip(pieces, codes(of: pieces.map(\.ids), label: nil)) {
      let weight = Double(max(piece.ids.count, 1))
      weights[piece.text] += weight
      for index in code.vector.indices {
        sums[piece.text][index] += weight * Double(code.vector[index])
      }
    }
    return zip(sums, weights).map { sum, weight in sum.map { Float($0 / weight) } }
  }

  /// Returns what it costs to write texts from the most probable codes of others, −log p in nats a text.
  ///
  /// - Parameter pairs: what is read and what is written, UTF-8; of what is too long the beginning is read, and none is written.
  /// - Returns: the mean; nil if no pair is left.
  func reconstruction(of pairs: [(read: [UInt8], written: [UInt8])]) -> Double? {
    let end = model.network.configuration.transformer.end
    let ids = zip(
      model.tokenizer.encode(lines: pairs.map(\.read)),
      model.tokenizer.encode(lines: pairs.map(\.written)))
    let examples = ids.compactMap { read, written -> ReconstructionExample? in
      guard written.ids.count <= longest else { return nil }
      return ReconstructionExample(
        source: read.ids.prefix(longest) + [end], target: written.ids + [end])
    }
    guard !examples.isEmpty else { return nil }
    let sorted = examples.sorted { $0.target.count < $1.target.count }
    let sum = sorted.cut(limit: Self.batchTokens, { $0.target.count }).reduce(0.0) { sum, chosen in
      let batch = model.batch(chosen)
      let z = model.posterior(batch).mean
      return sum + model.reconstruction(batch, from: z).sum().item()
    }
    return sum / Double(examples.count)
  }

  /// Returns the texts that are written from codes, UTF-8.
  ///
  /// - Parameters:
  ///   - codes: each of `size` values.
  ///   - temperature: 0 for the most probable token at every step.
  ///   - random: of each code, what its tokens are drawn from; empty at temperature 0.
  /// - Returns: the texts in order.
  public func texts(
    from codes: [LatentCode], temperature: Double = 0, using random: [Random] = []
  ) -> [[UInt8]] {
    stride(from: 0, to: codes.count, by: Self.batchCodes).flatMap { start in
      let range = start..<min(codes.count, start + Self.batchCodes)
      let own = random.isEmpty ? [] : Array(random[range])
      return model.write(
        Array(codes[range]), temperature: Float(temperature), using: own
      ).map { ids in
        // Bytes that are drawn one by one need not be UTF-8.
        Array(String(decoding: model.tokenizer.decode(ids), as: UTF8.self).utf8)
      }
    }
  }

  /// Returns texts drawn from the model: codes from its distribution of them, then tokens.
  ///
  /// - Parameters:
  ///   - numbers: which draws; each depends on its number and the seed only.
  ///   - label: their class, for a model that is told it.
  ///   - seed: what they depend on.
  ///   - temperature: of the tokens; 0 for the most probable one at every step.
  /// - Returns: the texts.
  /// - Throws: `Failure(.data)` if the model has no distribution of codes.
  public func samples(
    _ numbers: Range<Int>, label: Int? = nil, seed: Int, temperature: Double
  ) throws(Failure) -> [[UInt8]] {
    let random = numbers.map { Random(seed: UInt64(seed)).child("sample").child(UInt64($0)) }
    let labels = label.map { [Int](repeating: $0, count: random.count) } ?? []
    guard let codes = model.draw(random, labels: labels) else {
      throw Failure(
        .data,
        "an autoencoder has no distribution to draw codes from: train one with seqae train diffusion --from, "
          + "or a VAE (seqae train vae), or give decode codes of your own")
    }
    return texts(from: codes, temperature: temperature, using: temperature > 0 ? random : [])
  }

  /// Returns the numbers of each text's codes in the codebook.
  ///
  /// - Parameter lines: UTF-8.
  /// - Returns: the numbers, and how many texts were too long.
  /// - Throws: `Failure(.data)` if the model has no codebook.
  public func indices(of lines: [[UInt8]]) throws(Failure) -> (indices: [[Int]], tooLong: Int) {
    guard let discrete = model as? any DiscreteModel else {
      throw Failure(
        .data, "this model has no codebook: train one that has with seqae train vqvae")
    }
    let ids = model.tokenizer.encode(lines: lines).map(\.ids)
    let order = ids.indices.sorted { (ids[$0].count, $0) < (ids[$1].count, $1) }
    var indices = [[Int]](repeating: [], count: lines.count)
    for rows in order.cut(limit: Self.batchTokens, { min(ids[$0].count, longest) + 1 }) {
      for (row, own) in zip(rows, discrete.indices(of: rows.map { ids[$0] })) { indices[row] = own }
    }
    return (indices, ids.count { $0.count > longest })
  }

  /// Returns codes on the straight line from one to another, both included.
  ///
  /// - Parameters:
  ///   - start: the first.
  ///   - end: the last.
  ///   - steps: how many, 2 or more.
  /// - Returns: the codes.
  public static func line(from start: LatentCode, to end: LatentCode, steps: Int) -> [LatentCode] {
    precondition(steps > 1, "LatentTexts: a line of \(steps) codes")
    return (0..<steps).map { step in
      let share = Float(step) / Float(steps - 1)
      return LatentCode(
        zip(start.vector, end.vector).map { $0 + ($1 - $0) * share }, label: start.label)
    }
  }
}
