import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeTensors
import TestSupport
import Testing

/// A decoder whose logits depend on the source and on what was written so far, and on nothing else.
private final class ToyDecoder: StepDecoder {
  static let vocabulary = 3
  static let end: Int32 = 0

  private(set) var steps = 0
  private let logit: (_ source: [Int32], _ written: [Int32], _ token: Int32) -> Double

  init(_ logit: @escaping (_ source: [Int32], _ written: [Int32], _ token: Int32) -> Double) {
    self.logit = logit
  }

  struct State {
    var sources: [[Int32]]
    var written: [[Int32]]
  }

  func start(_ sources: [[Int32]]) -> State {
    State(sources: sources, written: sources.map { _ in [] })
  }

  func step(_ last: [Int32], _ state: inout State) -> Tensor {
    steps += 1
    for row in last.indices where last[row] >= 0 { state.written[row].append(last[row]) }
    let values = state.written.indices.flatMap { row in
      logits(state.sources[row], state.written[row]).map { Float($0) }
    }
    return Tensor(values, [last.count, Self.vocabulary])
  }

  func reorder(_ state: inout State, _ rows: [Int]) {
    state = State(
      sources: rows.map { state.sources[$0] }, written: rows.map { state.written[$0] })
  }

  func logits(_ source: [Int32], _ written: [Int32]) -> [Double] {
    (0..<Int32(Self.vocabulary)).map { logit(source, written, $0) }
  }

  /// Every text of up to `limit` tokens with its log p, by trying all of them: those that end, and those at the limit.
  func all(
    _ source: [Int32], limit: Int, _ written: [Int32] = [], _ logProbability: Double = 0
  ) -> [(tokens: [Int32], length: Int, logProbability: Double)] {
    guard written.count < limit else { return [(written, written.count, logProbability)] }
    let values = logits(source, written)
    let normalizer = log(values.reduce(0) { $0 + exp($1) })
    return values.enumerated().flatMap { token, logit in
      let sum = logProbability + logit - normalizer
      return Int32(token) == Self.end
        ? [(written, written.count + 1, sum)]
        : all(source, limit: limit, written + [Int32(token)], sum)
    }
  }
}

/// A number that looks random and follows from others.
private func scrambled(_ source: [Int32], _ written: [Int32], _ token: Int32) -> Double {
  let seed = (source + [7] + written + [token]).reduce(1.0) { sin(12.9898 * $0 + Double($1)) }
  return 2 * sin(78.233 * seed)
}

private let backends: [any Backend] = [CPUBackend.shared, ReferenceBackend()]

private let sources: [[Int32]] = [[1], [2, 5], [3, 1, 4], [4]]

@Test(arguments: [0, 0.5, 1, 2.5])
func aBeamAsWideAsAllTextsFindsTheBest(_ penalty: Double) {
  let decoder = ToyDecoder(scrambled)
  let limit = 4
  let search = BeamSearch(width: 200, lengthPenalty: penalty, count: 5)
  let found = search(
    decoder, sources, start: -1, end: ToyDecoder.end,
    limits: sources.map { _ in limit })
  for (source, hypotheses) in zip(sources, found) {
    // 1 + 2 + 4 + 8 that end and 16 that don't.
    let all = decoder.all(source, limit: limit)
    #expect(all.count == 31)
    let best = all.map {
      (tokens: $0.tokens, score: $0.logProbability / pow(Double($0.length), penalty))
    }.sorted { $0.score > $1.score }
    #expect(hypotheses.map(\.tokens) == best.prefix(5).map(\.tokens))
    for (hypothesis, wanted) in zip(hypotheses, best) {
      #expect(abs(hypothesis.score - wanted.score) < 1e-5)
    }
  }
}

@Test func sourcesSideBySideAreSearchedAsAlone() {
  let search = BeamSearch(width: 3, lengthPenalty: 0.7, count: 2)
  let limits = [6, 2, 0, 9]
  let together = search(
    ToyDecoder(scrambled), sources, start: -1, end: ToyDecoder.end, limits: limits)
  for (row, source) in sources.enumerated() {
    let alone = search(
      ToyDecoder(scrambled), [source], start: -1, end: ToyDecoder.end, limits: [limits[row]])
    #expect(alone == [together[row]])
  }
  #expect(together[2].map(\.tokens) == [[]])
  #expect(together[1].allSatisfy { $0.tokens.count <= 2 })
}

@Test func aSearchEndsWhenNoOpenTextCanWin() {
  // After any token the text ends with p = e⁹ / (e⁹ + 2): two texts have ended after two steps, and log p of the open ones
  // is below −9, too little even for the mean of ten tokens: −9 / 10 < −2 · log 3 / 2.
  let decoder = ToyDecoder { _, written, token in
    token == ToyDecoder.end && !written.isEmpty ? 9 : 0
  }
  let found = BeamSearch(width: 2, lengthPenalty: 0, count: 2)(
    decoder, [[1]], start: -1, end: ToyDecoder.end, limits: [50])
  #expect(decoder.steps == 2)
  #expect(found[0].allSatisfy(\.isComplete) && found[0].count == 2)
  // With the length in the score a long text may win: it takes more steps to know that none does.
  _ = BeamSearch(width: 2, lengthPenalty: 1)(
    decoder, [[1]], start: -1, end: ToyDecoder.end, limits: [50])
  #expect(decoder.steps > 4)
}

@Test(arguments: [1, 2, 5])
func whatIsDecidedIsTheBeginningOfTheBest(_ width: Int) {
  let sources = (0..<40).map { [Int32($0), 3, Int32($0 % 7)] }
  var told = [[[Int32]]](repeating: [], count: sources.count)
  let found = BeamSearch(width: width, lengthPenalty: 0.6)(
    ToyDecoder(scrambled), sources, start: -1, end: ToyDecoder.end,
    limits: sources.map { _ in 12 }
  ) { told[$0].append($1) }
  for (steps, best) in zip(told, found) {
    #expect(steps.last == best[0].tokens)
    #expect(steps.allSatisfy { best[0].tokens.starts(with: $0) })
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $1.starts(with: $0) })
  }
  // Something of long texts is known before they end.
  #expect(told.contains { steps in steps.dropLast().contains { !$0.isEmpty } })
}

@Test func aTextAtItsLimitIsNotComplete() {
  let decoder = ToyDecoder { _, _, token in token == 1 ? 5 : token == ToyDecoder.end ? -5 : 0 }
  let found = BeamSearch(width: 2)(
    decoder, [[1]], start: -1, end: ToyDecoder.end, limits: [3])
  #expect(found[0][0].tokens == [1, 1, 1] && !found[0][0].isComplete)
}

@Test func aBeamOfOneIsGreedySearch() throws {
  let tiny = try TinyMBart(on: CPUBackend.shared)
  let decoder = TransformerDecoder(tiny.transformer)
  let sources = try tiny.sources()
  let ids = try tiny.reference("greedy_ids").values.map { Int32($0) }
  for end in Set(ids.prefix(8)) {
    let wanted = greedy(decoder, sources, start: 2, end: end) { _ in 12 }
    for penalty in [0.0, 1] {
      let found = BeamSearch(width: 1, lengthPenalty: penalty)(
        decoder, sources, start: 2, end: end, limits: [12, 12, 12])
      #expect(found.map { $0[0].tokens } == wanted)
    }
  }
}

@Test(arguments: [0, 1])
func beamSearchEqualsTransformers(_ index: Int) throws {
  let tiny = try TinyMBart(on: backends[index])
  let json = try JSON.read(Fixture.path("models/mbart/beam.json"))
  let cases = try #require(json["cases"]?.arrayValue)
  let (steps, beams) = (
    try #require(json["steps"]?.intValue), try #require(json["beams"]?.intValue)
  )
  let tolerance = index == 0 ? 2e-4 : 2e-6
  #expect(cases.count == 16)
  for entry in cases {
    let end = try #require(entry["end"]?.intValue)
    let penalty = try #require(entry["length_penalty"]?.doubleValue)
    let rows = try #require(entry["found"]?.arrayValue)
    let found = BeamSearch(width: beams, lengthPenalty: penalty, count: 3)(
      TransformerDecoder(tiny.transformer), try tiny.sources(), start: 2, end: Int32(end),
      limits: rows.map { _ in steps })
    for (hypotheses, row) in zip(found, rows) {
      let wanted = try #require(row.arrayValue)
      #expect(hypotheses.count == wanted.count)
      for (hypothesis, expected) in zip(hypotheses, wanted) {
        let tokens = try #require(expected["tokens"]?.arrayValue).compactMap(\.intValue)
        #expect(hypothesis.tokens.map { Int($0) } == tokens, "end \(end), penalty \(penalty)")
        let score = try #require(expected["score"]?.doubleValue)
        #expect(abs(hypothesis.score - score) < tolerance)
      }
    }
  }
}

@Test(arguments: [0, 1])
func whatIsAttendedToEqualsTransformers(_ index: Int) throws {
  let tiny = try TinyMBart(on: backends[index])
  let json = try JSON.read(Fixture.path("models/mbart/beam.json"))
  let wanted = try #require(json["cross_attention"]?.arrayValue)
  let greedy = try tiny.reference("greedy_ids").values.map { Int32($0) }  // [3, 12]
  for (row, source) in try tiny.sources().enumerated() {
    let found = tiny.transformer.crossAttention(source, Array(greedy[row * 12..<(row + 1) * 12]))
    let steps = try #require(wanted[row].arrayValue)
    #expect(found.count == steps.count)
    for (weights, step) in zip(found, steps) {
      let expected = try #require(step.arrayValue).compactMap(\.doubleValue)
      #expect(weights.count == expected.count)
      #expect(zip(weights, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    }
  }
}
