import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

@Suite struct AttentionTests {
  private static let backends: [any Backend] = [CPUBackend.shared, ReferenceBackend()]
  private let close = Tolerance(absolute: 1e-6, relative: 1e-5)

  private func operands(_ backend: any Backend, queries: Int, keys: Int) -> (Tensor, Tensor, Tensor)
  {
    let random = Random(seed: 31)
    return (
      random.normals([2, 3, queries, 8], on: backend),
      random.normals([2, 3, keys, 8], on: backend),
      random.normals([2, 3, keys, 8], on: backend)
    )
  }

  @Test func paddedKeysChangeNothing() {
    for backend in AttentionTests.backends {
      let (q, k, v) = operands(backend, queries: 5, keys: 9)
      let whole = attention(q, k, v, mask: .padding([6, 6]), dropout: 0, .inference)
      let cut = attention(
        q, k.sliced(2, 0..<6), v.sliced(2, 0..<6), mask: .none, dropout: 0, .inference)
      #expect(mismatch(whole, cut, within: close) == nil)
      let padded = attention(q, k, v, mask: .padding([6, 9]), dropout: 0, .inference)
      #expect(mismatch(padded.sliced(0, 0..<1), cut.sliced(0, 0..<1), within: close) == nil)
      #expect(mismatch(padded.sliced(0, 1..<2), cut.sliced(0, 1..<2), within: close) != nil)
    }
  }

  @Test func aPaddedKeyMayHoldAnything() {
    for backend in AttentionTests.backends {
      let (q, k, v) = operands(backend, queries: 5, keys: 9)
      let clean = attention(q, k, v, mask: .padding([6, 6]), dropout: 0, .inference)
      let noise = backend.full([2, 3, 3, 8], 1e6)
      var (wildK, wildV) = (k, v)
      backend.copy(noise, into: &wildK, at: k.layout.sliced(2, 6..<9))
      backend.copy(noise, into: &wildV, at: v.layout.sliced(2, 6..<9))
      let other = attention(q, wildK, wildV, mask: .padding([6, 6]), dropout: 0, .inference)
      #expect(mismatch(other, clean, within: close) == nil)
    }
  }

  @Test func theLastQueriesOfACausalBlockAreThoseOfTheWhole() {
    for backend in AttentionTests.backends {
      let (q, k, v) = operands(backend, queries: 9, keys: 9)
      let whole = attention(q, k, v, mask: .causal, dropout: 0, .inference)
      // As with a cache: three new queries, all keys.
      let last = attention(q.sliced(2, 6..<9), k, v, mask: .causal, dropout: 0, .inference)
      #expect(mismatch(last, whole.sliced(2, 6..<9), within: close) == nil)
      // As in a prefix: what comes later is not seen.
      let prefix = attention(
        q.sliced(2, 0..<4), k.sliced(2, 0..<4), v.sliced(2, 0..<4), mask: .causal, dropout: 0,
        .inference)
      #expect(mismatch(prefix, whole.sliced(2, 0..<4), within: close) == nil)
    }
  }

  @Test func aQueryThatMaySeeNothingGetsZeros() {
    for backend in AttentionTests.backends {
      let (q, k, v) = operands(backend, queries: 5, keys: 5)
      let y = attention(q, k, v, mask: .padding([0, 5]), dropout: 0, .inference)
      #expect(y.sliced(0, 0..<1).doubles().allSatisfy { $0 == 0 })
      #expect(y.sliced(0, 1..<2).doubles().allSatisfy { $0 != 0 })
    }
  }

  @Test func joiningTheHeadsNeedsNoCopyOnTheCPU() {
    let (q, k, v) = operands(CPUBackend.shared, queries: 5, keys: 7)
    let y = attention(q, k, v, mask: .none, dropout: 0, .inference)
    #expect(y.transposed(1, 2).layout.reshaped(to: [2, 5, 24]) != nil)
  }

  @Test func largeScoresDoNotOverflow() {
    for backend in AttentionTests.backends {
      let (q, k, v) = operands(backend, queries: 5, keys: 7)
      let y = attention(q * 1e3, k * 1e3, v, mask: .none, dropout: 0, .inference)
      #expect(y.doubles().allSatisfy { $0.isFinite })
    }
  }

  /// Texts of 5, 1, 0 and 4 queries, whose keys lie in any order and may be shared.
  @Test func textsSideBySideSeeOnlyThemselves() {
    let spans = [
      AttentionSpan(queries: 0..<5, keys: 7..<12), AttentionSpan(queries: 5..<6, keys: 0..<3),
      AttentionSpan(queries: 6..<6, keys: 0..<3), AttentionSpan(queries: 6..<10, keys: 3..<12),
    ]
    for backend in AttentionTests.backends {
      let random = Random(seed: 32)
      let q = random.normals([1, 3, 10, 8], on: backend)
      let k = random.normals([1, 3, 12, 8], on: backend)
      let v = random.normals([1, 3, 12, 8], on: backend)
      for isCausal in [false, true] {
        let mask = isCausal ? AttentionMask.causalWithin(spans) : .within(spans)
        let y = attention(q, k, v, mask: mask, dropout: 0, .inference)
        for span in spans where !span.queries.isEmpty {
          let alone = attention(
            q.sliced(2, span.queries), k.sliced(2, span.keys), v.sliced(2, span.keys),
            mask: isCausal ? .causal : .none, dropout: 0, .inference)
          #expect(mismatch(y.sliced(2, span.queries), alone, within: close) == nil)
        }
      }
    }
  }

  @Test func textsSideBySideAreReadWhereTheirProjectionsLie() {
    let lengths = [40, 3, 70]
    var (start, spans) = (0, [AttentionSpan]())
    for length in lengths {
      spans.append(AttentionSpan(queries: start..<start + length, keys: start..<start + length))
      start += length
    }
    let qkv = Random(seed: 33).normals([1, start, 3 * 64], on: CPUBackend.shared)
    for precision in Precision.allCases {
      let rounded = qkv.rounded(to: precision)
      let y = selfAttention(
        rounded, heads: 2, mask: .within(spans), dropout: 0, .inference)
      for span in spans {
        let alone = selfAttention(
          rounded.sliced(1, span.queries), heads: 2, mask: .none, dropout: 0, .inference)
        #expect(y.dtype == alone.dtype)
        let tolerance = precision == .float32 ? close : Tolerance(absolute: 1e-3, relative: 0x1p-7)
        #expect(mismatch(y.sliced(1, span.queries), alone, within: tolerance) == nil)
      }
    }
  }
}
