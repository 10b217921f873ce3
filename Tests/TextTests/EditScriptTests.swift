import SeqaeRandom
import SeqaeText
import Testing

/// Every script that turns `source` into `target` with its cost, in canonical order: keep, replace, write,
/// delete.
private func allScripts(
  _ source: ArraySlice<TokenID>, _ target: ArraySlice<TokenID>
) -> [(cost: Int, script: [EditAction])] {
  var scripts: [(cost: Int, script: [EditAction])] = []
  func add(
    _ actions: [EditAction], _ cost: Int, _ source: ArraySlice<TokenID>,
    _ target: ArraySlice<TokenID>
  ) {
    scripts += allScripts(source, target).map { (cost + $0.cost, actions + $0.script) }
  }
  if let token = source.first, let wanted = target.first {
    let rest = (source.dropFirst(), target.dropFirst())
    if wanted == token {
      add([.keep], 0, rest.0, rest.1)
    } else {
      add([.write(wanted), .delete], 3, rest.0, rest.1)
    }
  }
  if let wanted = target.first { add([.write(wanted)], 2, source, target.dropFirst()) }
  if !source.isEmpty { add([.delete], 2, source.dropFirst(), target) }
  return source.isEmpty && target.isEmpty ? [(0, [])] : scripts
}

extension Random {
  fileprivate func tokens(_ count: Int, kinds: Int) -> [TokenID] {
    (0..<count).map { _ in TokenID(integer(below: kinds)) }
  }
}

@Suite struct EditScriptTests {
  @Test func applyingTheScriptGivesTheTarget() {
    let random = Random(seed: 10)
    for _ in 0..<2_000 {
      let kinds = 1 + random.integer(below: 6)
      let source = random.tokens(random.integer(below: 40), kinds: kinds)
      let target = random.tokens(random.integer(below: 40), kinds: kinds)
      let script = EditScript.between(source, target)
      #expect(EditScript.apply(script, to: source) == target)
    }
  }

  @Test func theScriptIsTheFirstOfTheCheapest() {
    let random = Random(seed: 11)
    for _ in 0..<1_000 {
      let source = random.tokens(random.integer(below: 6), kinds: 3)
      let target = random.tokens(random.integer(below: 6), kinds: 3)
      let scripts = allScripts(source[...], target[...])
      let lowest = scripts.map(\.cost).min()
      let expected = scripts.first { $0.cost == lowest }?.script
      #expect(EditScript.between(source, target) == expected, "\(source) → \(target)")
    }
  }

  @Test func ofEqualNeighboursTheFirstStay() {
    #expect(EditScript.between([7, 9, 9, 8], [7, 8]) == [.keep, .delete, .delete, .keep])
    #expect(EditScript.between([5, 5, 5, 6], [5, 6]) == [.keep, .delete, .delete, .keep])
    #expect(EditScript.between([3, 5, 5], [5]) == [.delete, .keep, .delete])
    #expect(EditScript.between([5], [5, 5]) == [.keep, .write(5)])
  }

  @Test func wrongTokensAreReplacedWhereTheyStand() {
    #expect(
      EditScript.between([1, 2, 3, 4], [1, 7, 8, 4])
        == [.keep, .write(7), .delete, .write(8), .delete, .keep])
    #expect(EditScript.between([1, 3], [1, 2, 3]) == [.keep, .write(2), .keep])
    #expect(EditScript.between([], [1]) == [.write(1)])
    #expect(EditScript.between([], []) == [])
  }
}

@Suite struct LevenshteinDistanceTests {
  /// Wagner & Fischer 1974: the whole table.
  private func reference(_ a: [UInt32], _ b: [UInt32]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let substituted = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }

  @Test func distancesAreThoseOfTheTable() {
    let random = Random(seed: 12)
    for _ in 0..<600 {
      // Lengths around the words of 64 rows.
      let kinds = 1 + random.integer(below: 5)
      let a = (0..<random.integer(below: 200)).map { _ in UInt32(random.integer(below: kinds)) }
      let b = (0..<random.integer(below: 200)).map { _ in UInt32(random.integer(below: kinds)) }
      #expect(LevenshteinDistance.between(symbols: a, b) == reference(a, b))
    }
  }

  @Test func codePointsAreCountedAndStrayBytesToo() {
    #expect(LevenshteinDistance.between("kitten", "sitting") == 3)
    #expect(LevenshteinDistance.between("中，，，，国", "中国") == 4)
    #expect(LevenshteinDistance.between("e\u{301}", "\u{E9}") == 2)  // equal to Swift's String
    #expect(LevenshteinDistance.between([0xFF, 0x61], [0xFE, 0x61]) == 1)
    #expect(LevenshteinDistance.between("", "") == 0)
  }

  @Test func itIsAMetric() {
    let random = Random(seed: 13)
    for _ in 0..<200 {
      let texts = (0..<3).map { _ in random.text(count: random.integer(below: 30)) }
      let (a, b, c) = (texts[0], texts[1], texts[2])
      let ab = LevenshteinDistance.between(a, b)
      #expect(ab == LevenshteinDistance.between(b, a))
      #expect(ab <= LevenshteinDistance.between(a, c) + LevenshteinDistance.between(c, b))
      #expect((ab == 0) == a.utf8.elementsEqual(b.utf8))
    }
  }
}
