import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import SeqaeTraining

/// How a model with sentence codes is judged while it is trained: on development lines with the noise of its
/// training, made once, and with the same draws each time.
struct LatentValidation<Model: LatentModel> {
  // Apart from every seed of training, and the same for every run, so that runs can be compared.
  private let random = Random(seed: 0x5EED_C0DE)
  private let examples: [ReconstructionExample]
  private let batches: [[ReconstructionExample]]
  private let model: Model

  init(
    _ data: DenoiserData, _ settings: TrainingSettings, _ model: Model,
    _ makeExample: ReconstructionExamples
  ) {
    self.model = model
    let random = self.random
    func example(_ text: [UInt8], _ label: Int?) -> ReconstructionExample? {
      makeExample(text, label: label, using: random.child("noise").child(Splits.hash(text)))
    }
    let limit = settings.validationLines
    if data.labels.isEmpty {
      examples = Language.allCases.flatMap { language in
        Array(data.development(language).lazy.compactMap { example($0, nil) }.prefix(limit))
      }
    } else {
      let made = data.developmentPairs.lazy.compactMap { pair in
        example(pair.clean, data.labels.firstIndex(of: ByteString(pair.noisy)))
      }
      examples = Array(made.prefix(limit))
    }
    let sorted = examples.sorted { $0.target.count < $1.target.count }
    batches = sorted.cut(limit: settings.batchTokens) { $0.target.count }
  }

  /// Returns the metrics of the model as it is; none without development lines, nil if stopped.
  ///
  /// Of the first the best model is chosen: of one with a divergence `elbo`, in nats a text with one draw for each, of
  /// one with a codebook the same, `kl` being −log p of its codes, of one with a judgement of its own that, and of
  /// another `log_likelihood`, −reconstruction. `exact` is the share of the texts of which each token is the most
  /// probable one after those before it.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    guard !examples.isEmpty else { return [] }
    var (reconstruction, prior, exact) = (0.0, 0.0, 0)
    var codes = LatentStatistics()
    var uses: CodebookUse?
    var judgement: (name: String, sum: Double)?
    for (number, chosen) in batches.enumerated() {
      if shouldStop() { return nil }
      let batch = model.batch(chosen)
      let q = model.posterior(batch)
      let z = q.sample(using: random.child("codes").child(UInt64(number)))
      reconstruction += model.reconstruction(batch, from: z).sum().item()
      exact += model.exactTexts(batch, from: q.mean)
      codes.add(q, divergences: model.divergence(q, at: z))
      let own = random.child("judgement").child(UInt64(number))
      if let found = model.judgement(batch, using: own) {
        judgement = (found.name, (judgement?.sum ?? 0) + found.sum)
      }
      guard let discrete = model as? any DiscreteModel else { continue }
      prior += discrete.priorLosses(batch).sum().item()
      let indices = discrete.indices(of: chosen.map { Array($0.source.dropLast()) })
      uses = uses ?? CodebookUse(discrete.codebookSize)
      uses?.add(indices)
    }
    let count = Double(examples.count)
    let perText = reconstruction / count
    let share = Metric("exact", Double(exact) / count)
    if let uses {
      return [
        Metric("elbo", -perText - prior / count), Metric("reconstruction", perText),
        Metric("kl", prior / count), Metric("usage", uses.usage),
        Metric("codebook_perplexity", uses.perplexity), share,
      ]
    }
    if let judgement {
      return [
        Metric(judgement.name, judgement.sum / count), Metric("reconstruction", perText), share,
      ]
    }
    guard let kl = codes.divergence else {
      return [Metric("log_likelihood", -perText), Metric("reconstruction", perText), share]
    }
    return [
      Metric("elbo", -perText - kl), Metric("reconstruction", perText), Metric("kl", kl),
      Metric("active_units", Double(codes.activeUnits)), share,
    ]
  }

  /// What the model writes from the codes of a few texts, for people to read.
  func samples() -> [JSON] {
    let count = min(RunSamples.count, examples.count)
    let chosen = (0..<count).map { examples[examples.count * $0 / count] }
    let codes = model.codes(
      of: chosen.map { Array($0.source.dropLast()) }, labels: chosen.compactMap(\.label))
    let written = model.write(codes)
    return zip(chosen, written).map { example, written in
      [
        "read": text(example.source), "written": text(written), "meant": text(example.target),
      ]
    }
  }

  private func text(_ ids: [TokenID]) -> JSON {
    let (end, tokenizer) = (model.network.configuration.transformer.end, model.tokenizer)
    return .string(
      ByteString(
        ids.filter { $0 != end }.flatMap { id -> [UInt8] in
          tokenizer.isSpecial(id)
            ? Array(tokenizer.vocabulary.bytes(of: id)) : tokenizer.decode([id])
        }))
  }
}
