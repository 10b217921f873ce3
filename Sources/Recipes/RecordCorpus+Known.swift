extension RecordCorpus {
  /// The rule of the file: 0.8 % and 0.6 %.
  package static let rule = Splits.Rule(modulus: 1000, testBelow: 8, developmentBelow: 14)
  /// For corpora of tens of thousands: a thousand records for the test.
  private static let larger = Splits.Rule(modulus: 1000, testBelow: 20, developmentBelow: 30)
  /// For small sets without a test part of their own.
  private static let tenth = Splits.Rule(modulus: 1000, testBelow: 100, developmentBelow: 150)
  /// For training parts of sets that have a test and no development part.
  private static let developmentOnly = Splits.Rule(
    modulus: 1000, testBelow: 0, developmentBelow: 50)

  /// The corpora that `Scripts/splits.json` is made of, in the folder `SEQAE_DATA`.
  package static let known: [RecordCorpus] = [
    // Sentences and pairs, by the hash of their texts.
    RecordCorpus(["common-voice-sentences/en.txt.gz"], .lines, .texts(rule)),
    RecordCorpus(["common-voice-sentences/zh-CN.txt.gz"], .lines, .texts(rule)),
    RecordCorpus(["common-voice-sentences/zh-HK.txt.gz"], .lines, .texts(rule)),
    RecordCorpus(["common-voice-sentences/zh-TW.txt.gz"], .lines, .texts(rule)),
    RecordCorpus(["lctt-zh-sentences/sentences.txt.gz"], .lines, .texts(rule)),
    RecordCorpus(
      ["zh-classical-modern/classical-modern.tsv.gz"], .columns([2, 3]), .texts(rule)),
    RecordCorpus(["tatoeba-en-zh/tatoeba.tsv.gz"], .columns([1, 2]), .texts(rule)),
    // The Chinese side decides, as it does where it is a line of lctt-zh-sentences.
    RecordCorpus(["lctt-en-zh/paragraphs.tsv.gz"], .columns([3, 2]), .first(rule)),
    RecordCorpus(["brown-sentences/brown.txt.gz"], .lines, .texts(rule)),

    // By verse, by article (a file of the documentation), or by the first of a record's texts.
    RecordCorpus(["bible-en-zh/bible.tsv.gz"], .columns([2, 3]), .name(column: 1, larger)),
    RecordCorpus(
      ["python-docs-en-zh/entries.tsv.gz"], .columns([2, 3]), .name(column: 1, larger)),
    RecordCorpus(["lctt-zh-titles/titles.tsv.gz"], .columns([2, 3]), .first(larger)),
    RecordCorpus(["chinese-poetry/tang-shi.tsv.gz"], .columns([3]), .first(larger)),
    RecordCorpus(["chinese-poetry/song-ci.tsv.gz"], .columns([3]), .first(larger)),
    RecordCorpus(["tnews/train.tsv.gz"], .columns([2]), .first(larger)),
    RecordCorpus(["online-shopping-10-cats/reviews.tsv.gz"], .columns([3]), .first(larger)),
    RecordCorpus(["thucnews-titles/dev.tsv.gz"], .columns([1]), .first(tenth)),
    RecordCorpus(["chnsenticorp-hotel/hotel.tsv.gz"], .columns([2]), .first(tenth)),
    RecordCorpus(["ag-news/test-split.tsv.gz"], .columns([2, 3]), .first(tenth)),
    // The same papers twice, abstract and title or title alone: the title decides.
    RecordCorpus(["csl-title/dev.tsv.gz"], .columns([2, 1]), .first(tenth)),
    RecordCorpus(["csl-title/category-dev.tsv.gz"], .columns([2]), .first(tenth)),
    RecordCorpus(["en-classify-small/TREC.train.all.tsv.gz"], .columns([2]), .first(tenth)),
    RecordCorpus(["en-classify-small/subj.all.tsv.gz"], .columns([2]), .first(tenth)),
    RecordCorpus(["en-classify-small/rt-polarity.all.tsv.gz"], .columns([2]), .first(tenth)),
    RecordCorpus(["en-classify-small/custrev.all.tsv.gz"], .columns([2]), .first(tenth)),

    // Sets with parts of their own. The seven texts of a Multi30k image are one record.
    RecordCorpus(
      ["multi30k/train.en.gz", "multi30k/train.de.gz"]
        + (1...5).map { "multi30k/task2.train.\($0).en.gz" }, .lines, .part(.training)),
    RecordCorpus(["multi30k/val.en.gz", "multi30k/val.de.gz"], .lines, .part(.development)),
    RecordCorpus(
      ["multi30k/test_2016_flickr.en.gz", "multi30k/test_2016_flickr.de.gz"], .lines,
      .part(.test)),
    RecordCorpus(["ptb/ptb.train.txt.gz"], .lines, .part(.training)),
    RecordCorpus(["ptb/ptb.valid.txt.gz"], .lines, .part(.development)),
    RecordCorpus(["ptb/ptb.test.txt.gz"], .lines, .part(.test)),
    RecordCorpus(["sst2/train.tsv.gz"], .columns([1]), .first(developmentOnly)),
    RecordCorpus(["sst2/dev.tsv.gz"], .columns([1]), .part(.test)),
    RecordCorpus(["sts-b/sts-train.csv.gz"], .columns([6, 7]), .first(developmentOnly)),
    RecordCorpus(["sts-b/sts-dev.csv.gz"], .columns([6, 7]), .part(.test)),
    RecordCorpus(["sts-b/zh-sts-b-train.txt.gz"], .columns([1, 2]), .first(developmentOnly)),
    RecordCorpus(["sts-b/zh-sts-b-dev.txt.gz"], .columns([1, 2]), .part(.test)),
    RecordCorpus(["csl-title/category-train.tsv.gz"], .columns([2]), .first(developmentOnly)),
    RecordCorpus(
      ["scitldr/train.jsonl.gz"], .members(["title", "source", "target"]),
      .first(developmentOnly)),
    RecordCorpus(
      ["scitldr/dev.jsonl.gz"], .members(["title", "source", "target"]), .part(.test)),
    sighan("train13", .first(developmentOnly)), sighan("train14", .first(developmentOnly)),
    sighan("train15", .first(developmentOnly)), sighan("test13", .part(.test)),
    sighan("test14", .part(.test)), sighan("test15", .part(.test)),

    // Sets that nothing is trained on.
    RecordCorpus(["ntrex-en-zh/ntrex.en-zh.tsv.gz"], .columns([1, 2]), .part(.test)),
    RecordCorpus(["dialogsum/dev.jsonl.gz"], .members(["dialogue", "summary"]), .part(.test)),
    RecordCorpus(["ir-cranfield/cran.all.1400.gz"], .smart, .part(.test)),
    RecordCorpus(["ir-cranfield/cran.qry.gz"], .smart, .part(.test)),
    RecordCorpus(["ir-cisi/CISI.ALL.gz"], .smart, .part(.test)),
    RecordCorpus(["ir-cisi/CISI.QRY.gz"], .smart, .part(.test)),
    RecordCorpus(["ir-med/MED.ALL.gz"], .smart, .part(.test)),
    RecordCorpus(["ir-med/MED.QRY.gz"], .smart, .part(.test)),
  ]

  /// A file of SIGHAN's spelling checks: wrong and right, in simplified and in traditional characters.
  private static func sighan(_ name: String, _ decision: Decision) -> RecordCorpus {
    RecordCorpus(
      ["sighan-csc/simplified/\(name).tsv.gz", "sighan-csc/traditional/\(name).tsv.gz"],
      .columns([1, 2]), decision)
  }
}
