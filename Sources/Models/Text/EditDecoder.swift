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
/// are what the loop would give; the answers replace the draft, and what comes after that one is checked again
/// until nothing changes. Each pass settles one more step at least, and a clean text takes one pass.
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
    let source: Range<Int>  // of the encoder's states
    let isContinuation: [Bool]
    var steps: [EditStep]
    var settled = 0  // steps before which nothing changes any more, and whose answers are known
    var written = 0  // tokens by these
    var start = 0  // where its steps lay in the last pass

    /// The most tokens that are written; text that lacks more than a third is not repaired but invented.
    var writeLimit: Int { isContinuation.count / 2 + 16 }
  }

  /// Returns the steps for each source.
  ///
  /// - Parameters:
  ///   - sources: token ids with `</s>`.
  ///   - isContinuation: for each source token whether it is a further byte of the character before it,
  ///     which shares that one's fate.
  /// - Returns: for each source its steps; the last keeps `</s>`.
  package func callAsFunction(_ sources: [[TokenID]], _ isContinuation: [[Bool]]) -> [[EditStep]] {
    guard !sources.isEmpty else { return [] }
    var decoder = DraftDecoder(
      model.transformer,
      memory: model.transformer.encode(packed: sources, beside: model.evidence(of: sources)))
    var result = [[EditStep]](repeating: [], count: sources.count)
    let places = AttentionSpan.each(sources.map(\.count))
    var drafts = zip(places, isContinuation).enumerated().map { row, text in
      Draft(
        row: row, source: text.0, isContinuation: text.1,
        steps: text.1.indices.map { EditStep(place: $0, label: labels.keep, probability: 1) })
    }
    while !drafts.isEmpty {
      let answers = answers(to: drafts, &decoder)
      var unsettled: [Draft] = []
      var start = 0
      for (draft, answer) in zip(drafts, answers) {
        var next = draft
        next.start = start
        start += draft.steps.count
        next.steps = draft.steps[..<draft.settled] + merged(draft, answer)
        // The step itself is what follows from those before it, which are as they were; where it is the last one,
        // nothing is left to be asked.
        if let change = firstChange(draft.steps, next.steps, from: draft.settled),
          change + 1 < next.steps.count
        {
          next.settled = change + 1
          next.written += next.steps[draft.settled...change].count { isWritten($0.label) }
          unsettled.append(next)
        } else {
          result[draft.row] = next.steps
        }
      }
      drafts = unsettled
    }
    return result
  }

  /// Returns the first step from `start` on whose label differs; nil if none does.
  private func firstChange(_ old: [EditStep], _ new: [EditStep], from start: Int) -> Int? {
    // An inserted step differs from the one that it stands before.
    (start..<min(old.count, new.count)).first { old[$0].label != new[$0].label }
  }

  /// Puts the answers in place of a draft, whose later steps stay as far as they still make sense.
  ///
  /// What comes after the first change is asked again, so it may be guessed: a right guess saves a pass.
  ///
  /// - Parameters:
  ///   - draft: whose steps were checked, from the first that is not settled.
  ///   - answers: for each of them the best step after those before it.
  /// - Returns: the next draft's steps from there on.
  private func merged(_ draft: Draft, _ answers: [Answer]) -> [EditStep] {
    var steps: [EditStep] = []
    var index = draft.settled
    while index < draft.steps.count {
      let (old, answer) = (draft.steps[index], answers[index - draft.settled])
      var step = answer.step
      if let before = steps.last ?? draft.steps[..<draft.settled].last {
        if draft.isContinuation[step.place] {
          step = EditStep(
            place: step.place, label: before.label, probability: before.probability)
        } else if before.label == labels.delete, draft.steps[index - 1].label != labels.delete,
          step.label == labels.keep, answer.deletion > Self.likelyInRun
        {
          step = EditStep(place: step.place, label: labels.delete, probability: answer.deletion)
        }
      }
      steps.append(step)
      index += 1
      guard step.label != old.label else { continue }
      let (wasWritten, isWritten) = (isWritten(old.label), isWritten(step.label))
      if isWritten, !wasWritten {
        // What is to become of the place itself is still to be asked.
        let label = answer.deletion > Self.likelyReplaced ? labels.delete : old.label
        steps.append(EditStep(place: old.place, label: label, probability: old.probability))
      } else if wasWritten, !isWritten {
        while index < draft.steps.count, draft.steps[index].place == old.place { index += 1 }
      }
    }
    return steps
  }

  // From what p(delete) on a place that seemed to stay is guessed to go after all: where the place before it has
  // turned out to go, since noise comes in runs, and where a token has turned out to be written before it, since
  // that replaces something most often. The number of passes hardly depends on either between 0.05 and 0.3.
  private static let likelyInRun = 0.1
  private static let likelyReplaced = 0.2

  private func isWritten(_ label: TokenID) -> Bool { labels.operation(label) == .write }
}

// MARK: - One pass

extension EditDecoder {
  /// What is best after the steps before, were the place no continuation.
  private struct Answer {
    let step: EditStep
    /// p(delete) where nothing is written, whatever the step.
    let deletion: Double
  }

  /// Returns for each step of each draft that is not settled the best one after the steps before it.
  private func answers(to drafts: [Draft], _ decoder: inout DraftDecoder) -> [[Answer]] {
    let states = states(drafts, &decoder)  // [T, D]
    let firsts = AttentionSpan.each(drafts.map { $0.steps.count - $0.settled }).map(\.lowerBound)
    let operations = withPrecision(.float32) { model.operation(states).logSoftmax() }  // [T, 3]
      .doubles().map { exp($0) }
    func probability(_ state: Int, _ operation: EditOperation) -> Double {
      operations[state * EditOperation.allCases.count + operation.rawValue]
    }
    // Only where writing is best is the vocabulary asked.
    var wanted: [Int] = []
    for (draft, first) in zip(drafts, firsts) {
      var written = draft.written
      for (state, drafted) in zip(first..., draft.steps[draft.settled...]) {
        let write = probability(state, .write)
        if !draft.isContinuation[drafted.place], written < draft.writeLimit,
          write > probability(state, .keep), write > probability(state, .delete)
        {
          wanted.append(state)
        }
        if isWritten(drafted.label) { written += 1 }
      }
    }
    let tokens = tokens(after: states, wanted)
    return zip(drafts, firsts).map { draft, first in
      (draft.settled..<draft.steps.count).map { step in
        let (place, state) = (draft.steps[step].place, first + step - draft.settled)
        let (keep, delete) = (probability(state, .keep), probability(state, .delete))
        let isEnd = place == draft.isContinuation.count - 1
        let deletion = isEnd ? 0 : delete / (keep + delete)
        if let token = tokens[state] {
          return Answer(
            step: EditStep(
              place: place, label: token.token,
              probability: token.probability * probability(state, .write)),
            deletion: deletion)
        }
        let keeps = isEnd || keep >= delete
        return Answer(
          step: EditStep(
            place: place, label: keeps ? labels.keep : labels.delete,
            probability: keeps ? keep : delete),
          deletion: deletion)
      }
    }
  }

  /// The decoder's states [T, D] at the steps of the drafts that are not settled, float32: probabilities are.
  private func states(_ drafts: [Draft], _ decoder: inout DraftDecoder) -> Tensor {
    let parts = drafts.map { draft in
      let new = draft.steps[draft.settled...]
      let before =
        draft.settled == 0 ? configuration.decoderStart : draft.steps[draft.settled - 1].label
      return DraftDecoder.Part(
        source: draft.source, kept: draft.start..<(draft.start + draft.settled),
        inputs: [before] + new.dropLast().map(\.label), places: new.map { Int32($0.place) })
    }
    let states = decoder(parts)  // [1, T, D]
    return states.rounded(to: .float32).reshaped([states.shape[1], configuration.width])
  }

  /// Returns the most probable token at some of the states, and p(token | it is written); none where that is no
  /// whole character.
  private func tokens(
    after states: Tensor, _ rows: [Int]
  ) -> [Int: (token: TokenID, probability: Double)] {
    var result: [Int: (token: TokenID, probability: Double)] = [:]
    // Few rows at a time: a row of logits is as long as the vocabulary.
    for start in stride(from: 0, to: rows.count, by: Self.logitRows) {
      let part = Array(rows[start..<min(rows.count, start + Self.logitRows)])
      let logits = model.transformer.preciseLogits(states.selecting(part))  // [W, V]
      let logProbabilities = logits.logSoftmax()
      let best = logProbabilities.argMax().integers()
      let probabilities = logProbabilities.backend.reduce(.maximum, logProbabilities, axis: -1)
        .doubles()
      for (index, row) in part.enumerated() where isCharacter(best[index]) {
        result[row] = (best[index], exp(probabilities[index]))
      }
    }
    return result
  }

  private static let logitRows = 64

  /// Whether a token is text that may stand alone: not special, and not one byte of a character.
  private func isCharacter(_ token: TokenID) -> Bool {
    guard !model.tokenizer.isSpecial(token) else { return false }
    return String(validating: model.tokenizer.decode([token]), as: UTF8.self) != nil
  }
}
