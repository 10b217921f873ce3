import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// What a denoiser learns from a line.
public struct DenoiserExample: Sendable, Equatable {
  /// Tokens and labels.
  package let edits: DenoisingAutoencoder.Example
  /// The line, and what decides which of its tokens are replaced when its batch is made; nil for a line that is
  /// as it shall be.
  package let replaced: Replaced?

  /// A line in which tokens are to be replaced.
  package struct Replaced: Sendable, Equatable {
    package let line: [UInt8]
    package let seed: UInt64
  }
}

/// The training examples of a denoiser: lines drawn in fixed proportions, each with noise of its own.
package final class DenoiserExamples: Sendable {
  private let lines: DrawnLines
  private let makeExample: EditExamples
  private let configuration: DenoiserConfiguration
  private let splits: Splits
  private let mistakes: SpellingMistakes
  private let masking: MaskNoise

  /// Creates the examples of the training lines of `data`.
  ///
  /// - Parameters:
  ///   - data: the corpora.
  ///   - configuration: shares, noise and seed.
  ///   - makeExample: makes the tokens and labels.
  ///   - splits: what is held out.
  ///   - masking: hides tokens.
  /// - Throws: `Failure(.data)` if no language that has lines is drawn.
  package init(
    _ data: DenoiserData, _ configuration: DenoiserConfiguration,
    _ makeExample: EditExamples, _ splits: Splits, _ masking: MaskNoise
  ) throws(Failure) {
    lines = try DrawnLines(data, configuration.training)
    self.makeExample = makeExample
    self.configuration = configuration
    self.splits = splits
    mistakes = data.mistakes
    self.masking = masking
  }

  /// Returns the usable examples among the draws of a range of numbers.
  ///
  /// - Parameters:
  ///   - range: the draws.
  ///   - isWanted: once it is false, fewer examples are returned, and soon.
  /// - Returns: the examples, corpus by corpus.
  /// - Throws: a `Failure` if a corpus can't be read again.
  package func callAsFunction(
    _ range: Range<Int>, while isWanted: @Sendable () -> Bool = { true }
  ) throws(Failure) -> [DenoiserExample] {
    let noise = configuration.noise(atLine: range.lowerBound, mistakes)
    return try lines.examples(range, while: isWanted) { example($0, noise, $1) }
  }

  private func example(
    _ line: ShuffledLines.Line, _ noise: any TextNoise, _ random: Random
  ) -> DenoiserExample? {
    func corrupted(_ text: [UInt8]) -> [UInt8] {
      Array(noise.corrupt(String(decoding: text, as: UTF8.self), using: random).utf8)
    }
    if let noisy = line.noisy {
      return example(noisy: noisy, clean: line.text, isCounted: false, random)
    }
    var clean = line.text
    if random.chance(configuration.fragmentShare),
      let part = Fragment.draw(of: clean, using: random),
      splits.part(of: part) == .training
    {
      clean = part
    }
    // From a generator of its own: the other lines get the noise that they would get without.
    let replacing = random.child("replacements")
    if replacing.chance(configuration.replacementShare) {
      let seed = replacing.next()
      return makeExample(
        noisy: clean, clean: clean, masking: nil, isCounted: true, using: random
      ).map {
        DenoiserExample(edits: $0, replaced: .init(line: clean, seed: seed))
      }
    }
    var noisy: [UInt8]
    if random.chance(configuration.insetShare) {
      let line = Inset.put(into: clean, using: random)
      clean = line.before + line.inset + line.after
      noisy = corrupted(line.before) + line.inset + corrupted(line.after)
    } else {
      noisy = corrupted(clean)
    }
    return example(noisy: noisy, clean: clean, isCounted: true, random)
  }

  private func example(
    noisy: [UInt8], clean: [UInt8], isCounted: Bool, _ random: Random
  ) -> DenoiserExample? {
    let isMasked = random.chance(configuration.maskShare)
    return makeExample(
      noisy: noisy, clean: clean, masking: isMasked ? masking : nil, isCounted: isCounted,
      using: random
    ).map { DenoiserExample(edits: $0, replaced: nil) }
  }

  /// Returns the batches of the examples, for `model`.
  func batches(
    for model: DenoisingAutoencoder, _ replacements: ReplacementNoise?
  ) -> BucketedBatches<DenoiserExample, DenoisingAutoencoder.Batch> {
    let smoothing = Float(configuration.labelSmoothing)
    let makeExample = self.makeExample
    return lines.batches(
      replacements?.fingerprint ?? "",
      examples: { (range, isWanted) throws(Failure) in try self(range, while: isWanted) },
      length: { $0.edits.source.count },
      batch: { examples in
        let edits = replacements?.replaced(examples, makeExample) ?? examples.map(\.edits)
        let batch = model.batch(edits, smoothing: smoothing)
        return TrainingBatch(batch, tokens: batch.steps)
      })
  }
}
