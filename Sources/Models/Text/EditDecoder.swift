import Glibc
import SeqaeTensors
import SeqaeText

/// What a denoiser does at each place of a source.
package struct EditStep: Equatable {
  /// The place, from 0.
  package let place: Int
  /// `<keep>`, `<delete>`, or the token that is written.
  package let label: TokenID
  /// p(step | steps before), in 0 … 1.
  package let probability: Double
}

/// Greedy decoding of edits, all steps of a text at once.
///
/// The autoregressive loop would take a pass of the decoder for each step, though nearly all of them keep.
/// So all steps are drafted as "keep" and checked in one pass, as in training: up to the first wrong one they
/// are what the loop would give; the answers replace the draft, and that is checked again until nothing
/// changes. Each pass settles one more step at least, and a clean text takes one pass.
///
/// The outcome is that of the loop. Sun et al. 2021, *Instantaneous Grammatical Error Correction with Shallow
/// Aggressive Decoding*, §3.1; Santilli et al. 2023, *Accelerating Transformer Inference for Translation via
/// Parallel Decoding*, alg. 1.
package struct EditDecoder {
  package let model: DenoisingAutoencoder

  /// Creates the decoding of a model.
  package init(model: DenoisingAutoencoder) { self.model = model }

  private var labels: EditLabels { model.labels }
  private var configuration: TransformerConfiguration { model.transformer.configuration }

  /// A source, and the steps that are thought to repair it.
  private struct Draft {
    let row: Int  // of the batch
    let isContinuation: [Bool]
    var steps: [EditStep]
    var passes = 0

    /// The most tokens that are written; text that lacks more than a third is not repaired but invented.
    var writeLimit: Int { isContinuation.count / 2 + 16 }
    /// More passes than steps are needed only where two labels are equally probable and take turns.
    var passLimit: Int { 2 * (isContinuation.count + writeLimit) }
  }

  /// Returns the steps for each source.
  ///
  /// - Parameters:
  ///   - sources: token ids with `</s>`.
  ///   - isContinuation: for each source token whether it is a further byte of the character before it,
  ///     which shares that one's fate.
  /// - Returns: for each source its steps; the last keeps `</s>`.
  package func callAsFunction(_ sources: [[TokenID]], _ isContinuation: [[Bool]]) -> [[EditStep]] {
    let batch = TokenBatch(
      sources, padding: configuration.padding, on: model.transformer.backend)
    let memory = model.transformer.encode(batch, .inference)  // [B, S, D]
    var result = [[EditStep]](repeating: [], count: sources.count)
    var drafts = isContinuation.enumerated().map { row, flags in
      Draft(
        row: row, isContinuation: flags,
        steps: flags.indices.map { EditStep(place: $0, label: labels.keep, probability: 1) })
    }
    while !drafts.isEmpty {
      let rows = drafts.map(\.row)
      let answers = answers(
        to: drafts, lengths: rows.map { batch.lengths[$0] },
        memory: rows.count == sources.count ? memory : memory.selecting(rows))
      var unsettled: [Draft] = []
      for (draft, answer) in zip(drafts, answers) {
        var next = draft
        next.steps = merged(draft.steps, answer)
        next.passes += 1
        let isSettled = next.steps.map(\.label) == draft.steps.map(\.label)
        if isSettled || next.passes >= next.passLimit {
          result[draft.row] = next.steps
        } else {
          unsettled.append(next)
        }
      }
      drafts = unsettled
    }
    return result
  }

  /// Puts the answers in place of a draft, whose later steps stay as far as they still make sense.
  ///
  /// - Parameters:
  ///   - draft: the steps that were checked.
  ///   - answers: for each of them the best step after those before it.
  /// - Returns: the next draft.
  private func merged(_ draft: [EditStep], _ answers: [EditStep]) -> [EditStep] {
    var steps: [EditStep] = []
    var index = 0
    while index < draft.count {
      let (old, answer) = (draft[index], answers[index])
      steps.append(answer)
      index += 1
      guard answer.label != old.label else { continue }
      let (wasWritten, isWritten) = (isWritten(old.label), isWritten(answer.label))
      if isWritten, !wasWritten {
        steps.append(old)  // what was to become of the place itself is still to be asked
      } else if wasWritten, !isWritten {
        while index < draft.count, draft[index].place == old.place { index += 1 }
      }
    }
    return steps
  }

  private func isWritten(_ label: TokenID) -> Bool { labels.operation(label) == .write }
}

// MARK: - One pass

extension EditDecoder {
  /// Returns for each step of each draft the best one after the steps before it.
  private func answers(
    to drafts: [Draft], lengths: [Int], memory: Tensor
  ) -> [[EditStep]] {
    let width = drafts.map(\.steps.count).max() ?? 0
    let states = states(drafts, width, lengths, memory)  // [B · T, D]
    let operations = withPrecision(.float32) { model.operation(states).logSoftmax() }  // [B · T, 3]
      .doubles().map { exp($0) }
    func probability(_ row: Int, _ step: Int, _ operation: EditOperation) -> Double {
      operations[(row * width + step) * EditOperation.allCases.count + operation.rawValue]
    }
    // Only where writing is best is the vocabulary asked.
    var wanted: [Int] = []
    for (row, draft) in drafts.enumerated() {
      var written = 0
      for (step, drafted) in draft.steps.enumerated() {
        let write = probability(row, step, .write)
        if !draft.isContinuation[drafted.place], written < draft.writeLimit,
          write > probability(row, step, .keep), write > probability(row, step, .delete)
        {
          wanted.append(row * width + step)
        }
        if isWritten(drafted.label) { written += 1 }
      }
    }
    let tokens = tokens(after: states, wanted)
    return drafts.enumerated().map { row, draft in
      var answers: [EditStep] = []
      for (step, drafted) in draft.steps.enumerated() {
        let place = drafted.place
        if draft.isContinuation[place], let before = draft.steps[..<step].last {
          answers.append(
            EditStep(place: place, label: before.label, probability: before.probability))
        } else if let token = tokens[row * width + step] {
          answers.append(
            EditStep(
              place: place, label: token.token,
              probability: token.probability * probability(row, step, .write)))
        } else {
          let (keep, delete) = (
            probability(row, step, .keep), probability(row, step, .delete)
          )
          let isEnd = place == draft.isContinuation.count - 1
          let keeps = isEnd || keep >= delete
          answers.append(
            EditStep(
              place: place, label: keeps ? labels.keep : labels.delete,
              probability: keeps ? keep : delete))
        }
      }
      return answers
    }
  }

  /// The decoder's states [B · T, D] at the steps of the drafts, float32: probabilities are.
  private func states(
    _ drafts: [Draft], _ width: Int, _ lengths: [Int], _ memory: Tensor
  ) -> Tensor {
    let inputs = drafts.map { [configuration.decoderStart] + $0.steps.dropLast().map(\.label) }
    let places = drafts.flatMap { draft in
      draft.steps.map { Int32($0.place) }
        + [Int32](repeating: 0, count: width - draft.steps.count)
    }
    let batch = TokenBatch(
      inputs, padding: configuration.padding, on: model.transformer.backend)
    return model.transformer.decode(
      batch.ids, at: places, lengths: lengths, memory: memory, .inference
    ).rounded(to: .float32).reshaped([places.count, configuration.width])
  }

  /// Returns the most probable token at some of the states, and p(token | it is written); none where that is no
  /// whole character.
  private func tokens(
    after states: Tensor, _ rows: [Int]
  ) -> [Int: (token: TokenID, probability: Double)] {
    guard !rows.isEmpty else { return [:] }
    let logProbabilities = withPrecision(.float32) {  // [W, V]
      model.transformer.logits(states.selecting(rows)).logSoftmax()
    }
    let best = logProbabilities.argMax().integers()
    let probabilities = logProbabilities.backend.reduce(.maximum, logProbabilities, axis: -1)
      .doubles()
    var result: [Int: (token: TokenID, probability: Double)] = [:]
    for (index, row) in rows.enumerated() where isCharacter(best[index]) {
      result[row] = (best[index], exp(probabilities[index]))
    }
    return result
  }

  /// Whether a token is text that may stand alone: not special, and not one byte of a character.
  private func isCharacter(_ token: TokenID) -> Bool {
    guard !model.tokenizer.isSpecial(token) else { return false }
    return String(validating: model.tokenizer.decode([token]), as: UTF8.self) != nil
  }
}
