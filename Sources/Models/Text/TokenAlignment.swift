// Which words of a text were read while which words of its translation were written.
//
// Bahdanau, Cho & Bengio 2015, *Neural Machine Translation by Jointly Learning to Align and Translate*, §5.2.1: the
// attention of the decoder to the source is a soft alignment, which can be looked at. Of a Transformer's many heads the
// mean over those of the last decoder layer is taken, at the step that writes a token.
//
// S: positions of the source; T: tokens written; H: heads.

import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// How much each word of a text was attended to while each word of another was written.
public struct Alignment: Sendable, Equatable {
  /// The words of the text that was read, UTF-8.
  public let sourceWords: [[UInt8]]
  /// The words of the text that was written.
  public let targetWords: [[UInt8]]

  /// Of the words of a piece that were written how much each of those that were read weighs.
  struct Block: Sendable, Equatable {
    let firstSource: Int  // the number of the piece's first word
    let firstTarget: Int
    let weights: [[Float]]
  }

  // Words of one piece say nothing of another's: a long text would have a matrix of all words for nothing.
  let blocks: [Block]

  /// How much each word that was read weighs for a word that was written, 0 to 1: numbers from 0 of those that weigh anything.
  ///
  /// - Parameter target: the number of the word that was written.
  /// - Returns: numbers of words that were read, rising, with their weights.
  public func weights(of target: Int) -> [(source: Int, weight: Float)] {
    guard let block = blocks.last(where: { $0.firstTarget <= target && !$0.weights.isEmpty }) else {
      return []
    }
    return block.weights[target - block.firstTarget].enumerated().filter { $1 > 0 }.map {
      (block.firstSource + $0, $1)
    }
  }

  /// For each word that was written the one that weighs most: numbers from 0, source then target, in the order of the
  /// target; the first of equals.
  public var links: [(source: Int, target: Int)] {
    blocks.flatMap { block in
      block.weights.enumerated().compactMap { target, row in
        guard let most = row.max(), most > 0, let source = row.firstIndex(of: most) else {
          return nil
        }
        return (block.firstSource + source, block.firstTarget + target)
      }
    }
  }
}

extension Translator {
  /// Returns what was attended to while a text was written, word by word (UAX #29; Chinese by ICU's dictionary).
  ///
  /// - Parameter written: what `write` returned.
  /// - Returns: the alignment; of a text in pieces no word of one is aligned with one of another.
  public func alignment(of written: Written) -> Alignment {
    var (sources, targets): ([[UInt8]], [[UInt8]]) = ([], [])
    var blocks: [Alignment.Block] = []
    for piece in written.pieces {
      let read = Words(of: piece.read)
      let text = tokenizer.decode(piece.target)
      let words = Words(of: text)
      let readWords = piece.ranges.map { read.word(at: $0, in: piece.read) }
      // The source's tokens stand behind its tag and before its end.
      let before = piece.source.count - readWords.count - 1
      // What a token adds to the text may depend on those before it, such as a space between words.
      let ends = piece.target.indices.map { tokenizer.decode(Array(piece.target[...$0])).count }
      let writtenWords = zip([0] + ends, ends).map { words.word(at: min($0, $1)..<$1, in: text) }
      let weights = transformer.crossAttention(piece.source, piece.target)
      var rows = [[Float]](
        repeating: [Float](repeating: 0, count: read.ranges.count), count: words.ranges.count)
      for (word, row) in zip(writtenWords, weights) {
        guard let word else { continue }
        let share = 1 / Float(writtenWords.count { $0 == word })
        for (place, source) in readWords.enumerated() {
          if let source { rows[word][source] += share * row[before + place] }
        }
      }
      blocks.append(
        .init(firstSource: sources.count, firstTarget: targets.count, weights: rows))
      sources += read.ranges.map { Array(piece.read[$0]) }
      targets += words.ranges.map { Array(String(decoding: text[$0], as: UTF8.self).utf8) }
    }
    return Alignment(sourceWords: sources, targetWords: targets, blocks: blocks)
  }
}

/// The words of a text, marks among them, and no spaces.
private struct Words {
  let ranges: [Range<Int>]

  init(of text: [UInt8]) {
    let bounds = Boundaries.offsets(of: .word, in: text)
    ranges = zip(bounds, bounds.dropFirst()).map { $0..<$1 }.filter { range in
      !text[range].allSatisfy(Self.isSpace)
    }
  }

  /// The number of the word in which the first byte of a token lies that is no space; nil for one of spaces.
  func word(at token: Range<Int>, in text: [UInt8]) -> Int? {
    guard let place = token.clamped(to: text.indices).first(where: { !Self.isSpace(text[$0]) })
    else { return nil }
    return ranges.firstIndex { $0.contains(place) }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }
}

extension Transformer {
  /// Returns how much each step attends to each position of a source: the mean over the heads of the last decoder layer.
  ///
  /// - Parameters:
  ///   - source: what the encoder reads, S tokens.
  ///   - target: what was written, T tokens.
  /// - Returns: for each of these a row of S weights, whose sum is 1.
  package func crossAttention(_ source: [TokenID], _ target: [TokenID]) -> [[Float]] {
    guard !target.isEmpty else { return [] }
    let memory = encode(
      TokenBatch([source], padding: configuration.padding, on: backend), .inference)  // [1, S, D]
    let inputs = [configuration.decoderStart] + target.dropLast()
    let ids = Tensor(integers: inputs, [1, inputs.count], on: backend)
    let weights = decoder.crossAttention(ids, memory: memory).floats()
    return (0..<inputs.count).map { Array(weights[$0 * source.count..<($0 + 1) * source.count]) }
  }
}

extension Decoder {
  /// Returns the mean over the heads of the last layer's attention to the memory [1, S, D] of inputs [1, T]: [T, S].
  fileprivate func crossAttention(_ inputs: Tensor, memory: Tensor) -> Tensor {
    var x = embeddings(inputs, from: 0, .inference)  // [1, T, D]
    var n = layers[0].selfAttentionNorm(x)
    for (index, layer) in layers.dropLast().enumerated() {
      (x, n) = layer(x, n, next: norm(after: index), memory: memory, mask: .none, .inference)
    }
    let last = layers[layers.count - 1]
    let attended = last.selfAttention(n, mask: .causal, .inference)
    let (_, m) = last.crossAttentionNorm.afterResidual(x, attended, dropout: 0, .inference)
    let weights = last.crossAttention.weights(m, memory: memory)  // [1, H, T, S]
    return weights.mean(1).reshaped([inputs.shape[1], memory.shape[1]])
  }
}
