import SeqaeFiles

/// The merging of a corpus's pieces, one pair after another.
struct BytePairLearning {
  /// The tokens so far.
  private(set) var tokens: [ByteString] = []
  /// The pairs that were joined, in order.
  private(set) var merges: [BytePairModel.Merge] = []

  private let alphabet: Vocabulary
  private let fixed: Int  // special and byte tokens, which no merge may make
  private let options: BytePairTrainer.Options
  private var numbers: [ByteString: TokenID] = [:]
  private var lengths: [Int] = []  // of each token, in characters
  private var pairs = PairCounts()
  private var queue: [Candidate] = []  // a heap, the best first

  /// A pair, as frequent as it was when it was put into the queue.
  private struct Candidate {
    var count: Int64
    var pair: Int
  }

  /// Starts with the characters of a vocabulary.
  init(_ alphabet: Vocabulary, _ options: BytePairTrainer.Options) throws(Failure) {
    self.alphabet = alphabet
    self.options = options
    var fixed = 0
    for id in 0..<TokenID(alphabet.count) {
      let token = ByteString(Array(alphabet.bytes(of: id)))
      let isCharacter = token.bytes.withUnsafeBufferPointer { bytes in
        decodeScalar(bytes, at: 0)?.length == bytes.count
      }
      if !isCharacter { fixed = Int(id) + 1 }
      tokens.append(token)
      numbers[token] = id
      lengths.append(1)
      pairs.addToken(units: 1)
    }
    self.fixed = fixed
  }

  /// Adds a piece that occurs `weight` times; it is cut at characters that have no token.
  mutating func add(_ piece: UnsafeBufferPointer<UInt8>, _ weight: UInt64) {
    var segment: [TokenID] = []
    var index = 0
    while index < piece.count {
      let scalar = decodeScalar(piece, at: index)
      if let scalar, let id = alphabet.id(ofScalar: scalar.value) {
        segment.append(id)
      } else {
        _ = pairs.addSegment(segment, weight: weight)
        segment.removeAll(keepingCapacity: true)
      }
      index += scalar?.length ?? 1
    }
    _ = pairs.addSegment(segment, weight: weight)
  }

  /// Merges until there are `size` tokens or no frequent pair is left.
  mutating func learn(size: Int, report: (Int) -> Void) {
    pairs.count()
    let least = Int64(options.leastCount)
    for (index, pair) in pairs.pairs.enumerated() where pair.count >= least {
      push(Candidate(count: pair.count, pair: index))
    }
    while tokens.count < size, let best = pop() {
      let pair = pairs.pairs[best.pair]
      guard pair.count == best.count else {
        // It has lost to others since. One that has gained was put into the queue again.
        if pair.count >= least, pair.count < best.count {
          push(Candidate(count: pair.count, pair: best.pair))
        }
        continue
      }
      guard let token = join(pair) else { continue }
      merges.append((left: pair.left, right: pair.right))
      for grown in pairs.merge(best.pair, into: token) {
        let count = pairs.pairs[grown].count
        if count >= least { push(Candidate(count: count, pair: grown)) }
      }
      if tokens.count % 500 == 0 { report(tokens.count) }
    }
  }

  /// Returns the token that a pair becomes, a new one if need be; nil if it must not.
  private mutating func join(_ pair: PairCounts.Pair) -> TokenID? {
    let length = lengths[Int(pair.left)] + lengths[Int(pair.right)]
    guard length <= options.longestToken else { return nil }
    let spelling = ByteString(tokens[Int(pair.left)].bytes + tokens[Int(pair.right)].bytes)
    if let known = numbers[spelling] { return Int(known) < fixed ? nil : known }
    let token = TokenID(truncatingIfNeeded: tokens.count)
    tokens.append(spelling)
    numbers[spelling] = token
    lengths.append(length)
    pairs.addToken(units: length)
    return token
  }

  /// Whether `a` is merged before `b`: the more frequent, else the one whose bytes come first.
  private func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
    if a.count != b.count { return a.count > b.count }
    let left = pairs.pairs[a.pair]
    let right = pairs.pairs[b.pair]
    if left.left != right.left { return tokens[Int(left.left)] < tokens[Int(right.left)] }
    if left.right != right.right { return tokens[Int(left.right)] < tokens[Int(right.right)] }
    return false
  }

  private mutating func push(_ candidate: Candidate) {
    var hole = queue.count
    queue.append(candidate)
    while hole > 0 {
      let parent = (hole - 1) / 2
      guard precedes(candidate, queue[parent]) else { break }
      queue[hole] = queue[parent]
      hole = parent
    }
    queue[hole] = candidate
  }

  private mutating func pop() -> Candidate? {
    guard let top = queue.first, let last = queue.popLast() else { return nil }
    if !queue.isEmpty {
      var hole = 0
      while true {
        var child = 2 * hole + 1
        guard child < queue.count else { break }
        if child + 1 < queue.count, precedes(queue[child + 1], queue[child]) { child += 1 }
        guard precedes(queue[child], last) else { break }
        queue[hole] = queue[child]
        hole = child
      }
      queue[hole] = last
    }
    return top
  }
}
