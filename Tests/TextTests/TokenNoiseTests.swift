import Glibc
import SeqaeRandom
import SeqaeText
import Testing

/// Laws of the noises of tokens.
@Suite struct TokenNoiseTests {
  private let tokenizer: Tokenizer
  private let mask: TokenID
  private let eos: TokenID
  /// The tokens that are not special.
  private let ordinary: [TokenID]

  init() throws {
    tokenizer = try makeTokenizer()
    mask = try tokenizer.id(of: .mask)
    eos = try tokenizer.id(of: .eos)
    let tokenizer = tokenizer
    ordinary = (0..<TokenID(tokenizer.vocabulary.count)).filter { !tokenizer.isSpecial($0) }
  }

  /// Tokens that all differ from their neighbours, so that what is missing can be told.
  private func run(_ count: Int) -> [TokenID] { (0..<count).map { ordinary[$0 % ordinary.count] } }

  /// How many tokens of a run of `count` each mask of `noisy` stands for.
  private func spans(_ noisy: [TokenID], of count: Int) -> [Int] {
    var lengths: [Int] = []
    var place = 0
    var isOpen = false
    func gap(before token: TokenID) -> Int {
      var length = 0
      while ordinary[(place + length) % ordinary.count] != token { length += 1 }
      return length
    }
    for token in noisy {
      if token == mask {
        isOpen = true
      } else {
        let length = gap(before: token)
        if isOpen { lengths.append(length) } else if length > 0 { lengths.append(-length) }
        place += length + 1
        isOpen = false
      }
    }
    if isOpen { lengths.append(count - place) }
    return lengths
  }

  @Test func infillingCoversItsShareByOneMaskForASpan() throws {
    let noise = try InfillingNoise(tokenizer: tokenizer)
    for count in [1, 2, 3, 10, 57, 1_000] {
      for round in 0..<50 {
        let ids = run(count)
        let random = Random(seed: 41).child(UInt64(count), UInt64(round))
        let noisy = noise.spoil(ids + [eos], using: random)
        #expect(noisy.last == eos)
        let lengths = spans(Array(noisy.dropLast()), of: count)
        #expect(lengths.allSatisfy { $0 >= 0 })  // nothing is missing without a mask
        let hidden = lengths.reduce(0, +)
        #expect(abs(Double(hidden) - 0.3 * Double(count)) < 1)
        #expect(noisy.count - 1 == count - hidden + lengths.count)
        #expect(!zip(noisy, noisy.dropFirst()).contains { $0 == mask && $1 == mask })
      }
    }
  }

  @Test func spanLengthsArePoisson() throws {
    let count = 40_000
    let noise = try InfillingNoise(tokenizer: tokenizer)
    let lengths = spans(noise.spoil(run(count), using: Random(seed: 42)), of: count)
    #expect(lengths.count > 3_500)
    // Pearson's χ² over lengths 0 … 8 and more; the 99.9 % quantile for 9 degrees of freedom is 27.9.
    var statistic = 0.0
    var probability = exp(-3.0)
    var rest = 1.0
    for length in 0...9 {
      let share = length < 9 ? probability : rest
      let observed = Double(lengths.count { length < 9 ? $0 == length : $0 >= 9 })
      let expected = share * Double(lengths.count)
      statistic += (observed - expected) * (observed - expected) / expected
      rest -= probability
      probability *= 3.0 / Double(length + 1)
    }
    #expect(statistic < 27.9)
  }

  @Test func infillingOfAllAndOfNothing() throws {
    let ids = run(100)
    let all = try InfillingNoise(rate: 1, tokenizer: tokenizer).spoil(ids, using: Random(seed: 43))
    #expect(all == [mask])
    let none = try InfillingNoise(rate: 0, tokenizer: tokenizer).spoil(ids, using: Random(seed: 43))
    #expect(none == ids)
    #expect(try InfillingNoise(tokenizer: tokenizer).spoil([], using: Random(seed: 43)) == [])
  }

  @Test func tokensAreLeftOutAtTheirRateAndSpecialOnesStay() {
    let ids = run(20_000) + [eos]
    let noise = TokenDeletionNoise(rate: 0.2, tokenizer: tokenizer)
    let noisy = noise.spoil(ids, using: Random(seed: 44))
    #expect(noisy.last == eos)
    // σ = √(0.16 · 20,000) = 57
    #expect(abs(Double(ids.count - noisy.count) - 4_000) < 4 * 57)
    var rest = ids[...]
    for token in noisy {
      while let first = rest.first, first != token { rest.removeFirst() }
      #expect(rest.popFirst() == token)
    }
  }

  @Test func everyOrderOfTheSentencesIsDrawnEquallyOften() {
    let noise = SentencePermutationNoise(tokenizer: tokenizer)
    let sentences = ["今天天气很好。", "We go to the park. ", "你呢？"]
    let ids = tokenizer.encode(sentences.joined()).ids + [eos]
    var counts: [String: Int] = [:]
    let rounds = 6_000
    for round in 0..<rounds {
      let noisy = noise.spoil(ids, using: Random(seed: 45).child(0, UInt64(round)))
      #expect(noisy.last == eos)
      counts[String(decoding: tokenizer.decode(noisy), as: UTF8.self), default: 0] += 1
    }
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    #expect(Set(counts.keys) == Set(orders.map { $0.map { sentences[$0] }.joined() }))
    // σ = √(6,000 · 5 / 36) = 29
    for count in counts.values { #expect(abs(Double(count) - 1_000) < 4 * 29) }
  }

  @Test func aPermutationLosesNothing() {
    for line in ordinaryLines {
      let ids = tokenizer.encode(line + " " + line, addSpecialTokens: true).ids
      let noisy = SentencePermutationNoise(tokenizer: tokenizer).spoil(ids, using: Random(seed: 46))
      #expect(noisy.sorted() == ids.sorted())
    }
  }

  @Test func textsBeginWithEachOfTheirTokensEquallyOften() {
    let noise = RotationNoise(tokenizer: tokenizer)
    let ids = run(10)
    var counts = [Int](repeating: 0, count: 10)
    for round in 0..<5_000 {
      let noisy = noise.spoil(ids + [eos], using: Random(seed: 47).child(0, UInt64(round)))
      let first = ids.firstIndex(of: noisy[0]) ?? 0
      #expect(noisy == ids[first...] + ids[..<first] + [eos])
      counts[first] += 1
    }
    // σ = √(5,000 · 0.09) = 21
    for count in counts { #expect(abs(Double(count) - 500) < 4 * 21) }
  }

  @Test func bertMasksEightOfTenExchangesOneAndKeepsOne() throws {
    let ids = run(50_000) + [eos]
    let noise = try MaskNoise(shares: .bert, tokenizer: tokenizer)
    let result = noise.corrupt(ids, using: Random(seed: 48))
    #expect(result.target == ids && result.input.last == eos)
    var (masked, exchanged, kept) = (0, 0, 0)
    for index in ids.indices {
      guard result.isTarget[index] else {
        #expect(result.input[index] == ids[index])
        continue
      }
      #expect(result.input[index] == mask || !tokenizer.isSpecial(result.input[index]))
      switch result.input[index] {
      case mask: masked += 1
      case ids[index]: kept += 1
      default: exchanged += 1
      }
    }
    let chosen = Double(masked + exchanged + kept)
    // σ = √(0.1275 · 50,000) = 80; of 7,500 chosen √(0.09 · 7,500) = 26 and √(0.16 · 7,500) = 35
    #expect(abs(chosen - 7_500) < 4 * 80)
    #expect(abs(Double(masked) - 0.8 * chosen) < 4 * 35)
    #expect(abs(Double(exchanged) - 0.1 * chosen) < 4 * 26 + 0.1 * chosen / Double(ordinary.count))
    #expect(abs(Double(kept) - 0.1 * chosen) < 4 * 26 + 0.1 * chosen / Double(ordinary.count))
  }

  @Test(arguments: TokenNoiseKind.allCases)
  func noiseDependsOnTokensAndGeneratorOnly(_ kind: TokenNoiseKind) throws {
    let noise = try kind.noise(rate: 0.3, tokenizer: tokenizer)
    let lines = ordinaryLines.map { tokenizer.encode($0 + "。" + $0).ids }
    func draw(_ index: Int, _ epoch: UInt64 = 1) -> [TokenID] {
      noise.spoil(lines[index], using: Random(seed: 49).child(epoch, UInt64(index)))
    }
    let forwards = lines.indices.map { draw($0) }
    #expect(lines.indices.reversed().map { draw($0) } == forwards.reversed())
    #expect(lines.indices.map { draw($0, 2) } != forwards)
    #expect(forwards != lines)
  }
}
