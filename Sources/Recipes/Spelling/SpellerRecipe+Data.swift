import SeqaeFiles

extension SpellerRecipe {
  /// The corpora that `seqae train spelling` takes where none are named, below the folder of all corpora: SIGHAN's
  /// training pairs, and Chinese text of everyday life, news and technology. Some are for research only.
  ///
  /// - Parameter folder: the folder of the corpora; nil for what `SEQAE_DATA` says, else
  ///   `../shared/data` if it is there.
  /// - Returns: the corpora.
  /// - Throws: `Failure(.missingInput)` if no folder is known.
  public static func defaultData(in folder: String? = nil) throws(Failure) -> [CorpusSource] {
    let folder = try DenoiserRecipe.dataFolder(folder)
    let pairs = ["train13", "train14", "train15"].map { "sighan-csc/simplified/\($0).tsv.gz" }
    let files: [(path: String, field: CorpusSource.Field)] =
      pairs.map { ($0, .pair(noisy: 1, clean: 2)) } + [
        ("common-voice-sentences/zh-CN.txt.gz", .line),
        ("tatoeba-en-zh/tatoeba.tsv.gz", .column(2)),
        ("lctt-zh-sentences/sentences.txt.gz", .line),
        ("zh-classical-modern/classical-modern.tsv.gz", .column(3)),
        ("tnews/train.tsv.gz", .column(2)), ("bible-en-zh/bible.tsv.gz", .column(3)),
        ("sts-b/zh-sts-b-train.txt.gz", .column(1)), ("sts-b/zh-sts-b-train.txt.gz", .column(2)),
        ("csl-title/category-train.tsv.gz", .column(2)),
        ("python-docs-en-zh/entries.tsv.gz", .column(3)),
      ]
    return files.map { CorpusSource(path: Path.join(folder, $0.path), field: $0.field) }
  }
}
