import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// Lines of a denoiser's training in which a generator of ELECTRA replaces tokens.
///
/// The generator is a model, and the thread that prepares examples may use no pool: so it prepares a line as it is,
/// which says how long it is, and the replacing is done on the training thread when the batch is made. Batches are
/// the same each time, and so is what is drawn.
struct ReplacementNoise {
  /// What tells this generator from others, for runs that are resumed.
  let fingerprint: String

  private let replacer: ElectraReplacer
  private let precision: Precision

  /// Loads the generator that a configuration names; nil if it names none or uses none.
  ///
  /// - Throws: a `Failure` if there is no such model.
  init?(_ configuration: DenoiserConfiguration) throws(Failure) {
    guard configuration.replacementShare > 0 else { return nil }
    let folder = configuration.replacements
    let electra = try ElectraDirectory.load(folder).model
    replacer = try ElectraReplacer(electra, rate: configuration.replacementRate)
    precision = configuration.precision
    let weights = try MappedFile(Path.join(folder, ModelFolder.weightsName))
    // A run that goes on must find the same generator.
    let hash = Splits.hash(weights.bytes)
    fingerprint = ", replacements of \(String(hash, radix: 16))"
  }

  /// Returns the examples of a batch, those that ask for it with replaced tokens.
  ///
  /// - Parameters:
  ///   - examples: the batch.
  ///   - makeExample: makes tokens and labels.
  /// - Returns: as many; one that can't be made of its replaced line stays as it was.
  func replaced(
    _ examples: [DenoiserExample], _ makeExample: EditExamples
  ) -> [DenoisingAutoencoder.Example] {
    let wanted = examples.compactMap(\.replaced)
    guard let first = wanted.first else { return examples.map(\.edits) }
    let random = Random(seed: first.seed)
    let lines = withPrecision(precision) { replacer(wanted.map(\.line), using: random) }
    var next = lines.makeIterator()
    return examples.map { example in
      guard let replaced = example.replaced, let noisy = next.next() else { return example.edits }
      return makeExample(noisy: noisy, clean: replaced.line, masking: nil, using: random)
        ?? example.edits
    }
  }
}
