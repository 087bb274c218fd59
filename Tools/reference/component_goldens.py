"""Writes components.golden.json: every component and field of a tokenizer.json in small files, odd and old forms too,
and padding and dropout.

    python Tools/reference/component_goldens.py

A file that the library refuses is written without results. Those that it reads and we refuse on purpose are listed.
"""

import json

import tokenizers
from tokenizer_goldens import plain, write
from tokenizers import Tokenizer

# Contradictory or unusable files: an id that another token has or that the library would not give, an unknown token or a
# special token without an id, two processors that add special tokens, a text twice in one template.
REFUSED_HERE = """
pre-fl0 post-bp-tp postb-bp-tp post-tp-bp postb-tp-bp post-tp-tp postb-tp-tp post-rp-rp postb-rp-rp post-bp-bp postb-bp-bp
post-tp-AA postb-tp-AA post-tp-BB postb-tp-BB post-tp-nospecial postb-tp-nospecial post-tp-badid postb-tp-badid
post-tp-noids postb-tp-noids post-bp-badid postb-bp-badid model-wl-nounk model-wp-nounk model-biggap model-dupid
model-dup-bpe model-wl-empty model-uni-nounk model-uni-delunk added-known-wrong added-wrong-order added-gap added-gap2
added-dup added-dupid added-taken added-sw added-ls added-dupspecial added-spaces added-overlap
""".split()
# The library's own places leave the word, as it counts the bytes of a prefix or suffix; only ids are compared.
IDS_ONLY = ["model-bpe-bf-prefix", "model-bpe-bf-suffix"]

WL={"type":"WordLevel","vocab":{"[UNK]":0,"a":1,"b":2,"ab":3,"Hello":4," ":5,"é":6},"unk_token":"[UNK]"}
BPE={"type":"BPE","dropout":None,"unk_token":None,"continuing_subword_prefix":None,"end_of_word_suffix":None,"fuse_unk":False,"byte_fallback":False,"ignore_merges":False,"vocab":{"a":0,"b":1,"ab":2,"c":3,"abc":4,"<unk>":5},"merges":["a b","ab c"]}
WP={"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0,"a":1,"##b":2,"[CLS]":3,"[SEP]":4,"b":5}}
UNI={"type":"Unigram","unk_id":0,"byte_fallback":False,"vocab":[["<unk>",0.0],["a",-1.0],["b",-1.5],["ab",-1.2],["▁",-2.0],["▁a",-2.5]]}
TEXTS=["ab a","Hello ab éa","","  a  ","abcab","a b c","aé日b","A-B_c!",["ab","b a"]]
def T(model=WL,**k):
    d={"version":"1.0","truncation":None,"padding":None,"added_tokens":[],"normalizer":None,"pre_tokenizer":None,"post_processor":None,"decoder":None,"model":model}
    d.update(k); return d
def M(base,**k):
    d=dict(base)
    for a,b in k.items():
        if b=="DEL": d.pop(a,None)
        else: d[a]=b
    return d
def seqn(*x): return {"type":"Sequence","normalizers":list(x)}
def seqp(*x): return {"type":"Sequence","pretokenizers":list(x)}
def seqo(*x): return {"type":"Sequence","processors":list(x)}
def seqd(*x): return {"type":"Sequence","decoders":list(x)}
C={}
def add(n,t,ids=None): C[n]=(t,ids)
WS={"type":"WhitespaceSplit"}
R=lambda p,c:{"type":"Replace","pattern":p,"content":c}
for n,x in {"empty-string":R({"String":""},"-"),"empty-regex":R({"Regex":""},"-"),"regex":R({"Regex":"[a-b]+"},"X"),"string":R({"String":"ab"},""),"no-content":{"type":"Replace","pattern":{"String":"a"}},"legacy":{"type":"Replace","pattern":"a","content":"b"}}.items():
    add("norm-replace-"+n,T(normalizer=x,pre_tokenizer=WS)); add("dec-replace-"+n,T(decoder=x),[[1,2,3],[4,6]])
for n,x in {"bert-min":{"type":"BertNormalizer"},"bert-null":{"type":"BertNormalizer","clean_text":True,"handle_chinese_chars":True,"strip_accents":None,"lowercase":True},"strip-min":{"type":"Strip"},"strip":{"type":"Strip","strip_left":True,"strip_right":False},"prepend":{"type":"Prepend","prepend":"b"},"prepend-empty":{"type":"Prepend","prepend":""},"prepend-min":{"type":"Prepend"},"nmt":{"type":"Nmt"},"bl":{"type":"ByteLevel"},"nfc":{"type":"NFC"},"lower":{"type":"Lowercase"},"sa":{"type":"StripAccents"},"seq0":seqn(),"seqseq":seqn(seqn({"type":"NFD"}),{"type":"StripAccents"}),"unk":{"type":"Foo"},"typenull":{"type":None},"notype":{"clean_text":True},"notype-strip":{"strip_left":True,"strip_right":True},"notype-prepend":{"prepend":"a"},"notype-replace":{"pattern":{"String":"a"},"content":"b"},"notype-seq":{"normalizers":[]},"empty":{},"extra":{"type":"NFC","foo":1},"precompiled-empty":{"type":"Precompiled","precompiled_charsmap":""},"precompiled-null":{"type":"Precompiled","precompiled_charsmap":None},"str":"NFC"}.items():
    add("norm-"+n,T(normalizer=x,pre_tokenizer=WS))
for n,x in {"bert":{"type":"BertPreTokenizer"},"ws":{"type":"Whitespace"},"wss":WS,"p-min":{"type":"Punctuation"},"p":{"type":"Punctuation","behavior":"Contiguous"},"p-lower":{"type":"Punctuation","behavior":"contiguous"},"d-min":{"type":"Digits"},"d":{"type":"Digits","individual_digits":True},
 "ms-old":{"type":"Metaspace","replacement":"▁","add_prefix_space":True},"ms-old2":{"type":"Metaspace","str_rep":"▁","replacement":"▁","add_prefix_space":False},"ms-strrep":{"type":"Metaspace","str_rep":"▁","add_prefix_space":True},"ms-min":{"type":"Metaspace","replacement":"_"},"ms-empty":{"type":"Metaspace"},"ms-both":{"type":"Metaspace","replacement":"_","add_prefix_space":False,"prepend_scheme":"always"},"ms-both2":{"type":"Metaspace","replacement":"_","add_prefix_space":True,"prepend_scheme":"never"},"ms-both3":{"type":"Metaspace","replacement":"_","add_prefix_space":False,"prepend_scheme":"never"},"ms-first":{"type":"Metaspace","replacement":"_","prepend_scheme":"first","split":False},"ms-null":{"type":"Metaspace","replacement":"_","prepend_scheme":None},"ms-nullsplit":{"type":"Metaspace","replacement":"_","prepend_scheme":"always","split":None},"ms-aps-null":{"type":"Metaspace","replacement":"_","add_prefix_space":None},"ms-two":{"type":"Metaspace","replacement":"__","prepend_scheme":"always"},
 "bl-min":{"type":"ByteLevel"},"bl":{"type":"ByteLevel","add_prefix_space":False,"trim_offsets":True,"use_regex":False},"bl2":{"type":"ByteLevel","add_prefix_space":False},"bl3":{"type":"ByteLevel","add_prefix_space":True,"trim_offsets":True},"split-noinv":{"type":"Split","pattern":{"String":"a"},"behavior":"Removed"},"split-empty":{"type":"Split","pattern":{"String":""},"behavior":"Isolated","invert":False},"split-emptyr":{"type":"Split","pattern":{"Regex":""},"behavior":"Isolated","invert":False},"split-emptyrr":{"type":"Split","pattern":{"String":""},"behavior":"Removed","invert":True},"split-lower":{"type":"Split","pattern":{"String":"a"},"behavior":"removed","invert":False},"split-str":{"type":"Split","pattern":"a","behavior":"Removed","invert":False},"us":{"type":"UnicodeScripts"},"cds":{"type":"CharDelimiterSplit","delimiter":"-"},"cds2":{"type":"CharDelimiterSplit","delimiter":"--"},"fl":{"type":"FixedLength","length":2},"fl-min":{"type":"FixedLength"},"fl0":{"type":"FixedLength","length":0},"seq0":seqp(),"seq":seqp(seqp(WS),{"type":"Punctuation"}),"unk":{"type":"Foo"},"delim":{"type":"Delimiter"},"notype-split":{"pattern":{"String":"a"},"behavior":"Removed","invert":False},"notype-bl":{"add_prefix_space":True,"trim_offsets":True},"notype-empty":{},"notype-ms":{"replacement":"_","add_prefix_space":True},"notype-cds":{"delimiter":"-"},"notype-digits":{"individual_digits":True},"notype-seq":{"pretokenizers":[]},"null":{"type":None}}.items():
    add("pre-"+n,T(pre_tokenizer=x))
SP={"[CLS]":{"id":"[CLS]","ids":[3],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[4],"tokens":["[SEP]"]}}
S=lambda i,t=0:{"SpecialToken":{"id":i,"type_id":t}}
Q=lambda i,t=0:{"Sequence":{"id":i,"type_id":t}}
TP={"type":"TemplateProcessing","single":[S("[CLS]"),Q("A"),S("[SEP]")],"pair":[S("[CLS]"),Q("A"),S("[SEP]"),Q("B",1),S("[SEP]",1)],"special_tokens":SP}
BP={"type":"BertProcessing","sep":["[SEP]",4],"cls":["[CLS]",3]}
RP={"type":"RobertaProcessing","sep":["[SEP]",4],"cls":["[CLS]",3],"trim_offsets":True,"add_prefix_space":True}
BLP={"type":"ByteLevel","add_prefix_space":True,"trim_offsets":True,"use_regex":True}
for n,x in {"tp":TP,"bp":BP,"rp":RP,"bl":BLP,"bl-min":{"type":"ByteLevel"},"tp-bl":seqo(TP,BLP),"bl-tp":seqo(BLP,TP),"bp-bl":seqo(BP,BLP),"rp-bl":seqo(RP,BLP),"bp-tp":seqo(BP,TP),"tp-bp":seqo(TP,BP),"tp-tp":seqo(TP,TP),"rp-rp":seqo(RP,RP),"bp-bp":seqo(BP,BP),"seq0":seqo(),"seqseq":seqo(seqo(TP)),"tp-nopair":M(TP,pair="DEL"),"tp-pair0":M(TP,pair=[]),"tp-single0":M(TP,single=[]),"tp-AA":M(TP,single=[Q("A"),Q("A",1)]),"tp-BA":M(TP,pair=[Q("B",1),S("[SEP]"),Q("A")]),"tp-BB":M(TP,pair=[Q("A"),Q("B",1),Q("B",2)]),"tp-Aonly":M(TP,pair=[Q("A"),S("[SEP]")]),"tp-singleB":M(TP,single=[Q("B")]),"tp-nospecial":M(TP,special_tokens={}),"tp-strings":M(TP,single="[CLS] $A [SEP]",pair="[CLS] $A $B:1 [SEP]:1"),"tp-strings2":M(TP,single=["[CLS]","$A","[SEP]"],pair=["$A","$B:1"]),"tp-type5":M(TP,single=[S("[CLS]",5),Q("A",7)]),"tp-multi":M(TP,special_tokens={"[CLS]":{"id":"[CLS]","ids":[3,1],"tokens":["[CLS]","a"]},"[SEP]":SP["[SEP]"]}),"tp-badid":M(TP,special_tokens={"[CLS]":{"id":"[CLS]","ids":[99],"tokens":["[CLS]"]},"[SEP]":SP["[SEP]"]}),"tp-list":M(TP,special_tokens=list(SP.values())),"tp-noids":M(TP,special_tokens={"[CLS]":{"id":"[CLS]","ids":[],"tokens":[]},"[SEP]":SP["[SEP]"]}),"rp-min":{"type":"RobertaProcessing","sep":["[SEP]",4],"cls":["[CLS]",3]},"bp-badid":{"type":"BertProcessing","sep":["[SEP]",99],"cls":["[CLS]",3]},"bp-other":{"type":"BertProcessing","sep":["zzz",4],"cls":["[CLS]",3]},"notype-bp":{"sep":["[SEP]",4],"cls":["[CLS]",3]},"notype-rp":M(RP,type="DEL"),"notype-tp":M(TP,type="DEL"),"notype-bl":M(BLP,type="DEL"),"notype-seq":{"processors":[]},"unk":{"type":"Foo"},"null":{"type":None}}.items():
    add("post-"+n,T(M(WP),post_processor=x,pre_tokenizer=WS)); add("postb-"+n,T(M(BPE,vocab={"a":0,"b":1,"ab":2,"c":3,"[SEP]":4,"Ġ":5,"Ġa":6,"[CLS]":7},merges=["a b","Ġ a"]),post_processor=x,pre_tokenizer={"type":"ByteLevel","add_prefix_space":True,"trim_offsets":True}))
for n,x in {"wp":{"type":"WordPiece","prefix":"##","cleanup":True},"wp-min":{"type":"WordPiece"},"bl":{"type":"ByteLevel"},"bl2":BLP,"ms":{"type":"Metaspace","replacement":"▁","add_prefix_space":True,"prepend_scheme":"always","split":True},"ms-old":{"type":"Metaspace","replacement":"▁","add_prefix_space":True},"ms-first":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"},"ms-never":{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"},"fuse":{"type":"Fuse"},"strip":{"type":"Strip","content":"a","start":1,"stop":1},"strip-min":{"type":"Strip","content":"a"},"bf":{"type":"ByteFallback"},"bpe":{"type":"BPEDecoder","suffix":"b"},"bpe-min":{"type":"BPEDecoder"},"ctc":{"type":"CTC","pad_token":"a","word_delimiter_token":"b","cleanup":True},"ctc-min":{"type":"CTC"},"seq0":seqd(),"seq":seqd({"type":"Replace","pattern":{"String":"a"},"content":" "},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}),"unk":{"type":"Foo"},"notype":{"prefix":"##","cleanup":True},"notype-bpe":{"suffix":"b"},"null":{"type":None},"dus":{"type":"Metaspace","str_rep":"▁","replacement":"▁","add_prefix_space":True}}.items():
    add("dec-"+n,T(decoder=x,model=M(WL,vocab={"[UNK]":0,"a":1,"b":2,"##ab":3,"▁Hello":4," ":5,"é":6})),[[1,2,3],[4,6],[3,4,4,1],[],[5,5,1]])
for n,m in {"wl":WL,"wl-min":M(WL,unk_token="DEL"),"wl-nounk":M(WL,unk_token="zz"),"wl-notype":M(WL,type="DEL"),"wp":WP,"wp-notype":M(WP,type="DEL"),"wp-min":M(WP,continuing_subword_prefix="DEL",max_input_chars_per_word="DEL",unk_token="DEL"),"wp-null":M(WP,continuing_subword_prefix=None),"wp-nounk":M(WP,unk_token="zz"),"wp-emptyprefix":M(WP,continuing_subword_prefix=""),
 "bpe":BPE,"bpe-notype":M(BPE,type="DEL"),"bpe-min":{"type":"BPE","vocab":BPE["vocab"],"merges":BPE["merges"]},"bpe-pairs":M(BPE,merges=[["a","b"],["ab","c"]]),"bpe-mixed":M(BPE,merges=["a b",["ab","c"]]),"bpe-emptystr":M(BPE,continuing_subword_prefix="",end_of_word_suffix="",unk_token="<unk>"),"bpe-unk":M(BPE,unk_token="<unk>"),"bpe-unk-missing":M(BPE,unk_token="zz"),"bpe-fuse":M(BPE,unk_token="<unk>",fuse_unk=True),"bpe-drop0":M(BPE,dropout=0.0),"bpe-drop1":M(BPE,dropout=1.0),"bpe-drop2":M(BPE,dropout=2.0),"bpe-dropneg":M(BPE,dropout=-0.1),"bpe-dropstr":M(BPE,dropout="x"),"bpe-cache":M(BPE,cache_capacity=10),"bpe-emptymerge":M(BPE,merges=[]),"bpe-nomerges":M(BPE,merges="DEL"),"bpe-header":M(BPE,merges=["#version: 0.2","a b"]),"bpe-badmerge":M(BPE,merges=["a z"]),"bpe-3":M(BPE,merges=["a b c"]),"bpe-vocab-null":M(BPE,vocab=None),
 "bpe-bf":M(BPE,byte_fallback=True,vocab={**BPE["vocab"],**{f"<0x{i:02X}>":6+i for i in range(256)}}),"bpe-bf-prefix":M(BPE,byte_fallback=True,continuing_subword_prefix="##",vocab={**BPE["vocab"],"##b":300,"##c":301,"abc":4,**{f"<0x{i:02X}>":6+i for i in range(256)}},merges=[]),"bpe-bf-suffix":M(BPE,byte_fallback=True,end_of_word_suffix="</w>",vocab={**BPE["vocab"],"b</w>":262,**{f"<0x{i:02X}>":6+i for i in range(256)}},merges=[]),"bpe-prefix":M(BPE,continuing_subword_prefix="##",vocab={"a":0,"##b":1,"ab":2,"##c":3,"abc":4},merges=["a ##b","ab ##c"]),"bpe-suffix":M(BPE,end_of_word_suffix="</w>",vocab={"a":0,"b</w>":1,"ab</w>":2,"b":3,"a</w>":4},merges=["a b</w>"]),
 "gap":M(WL,vocab={"[UNK]":0,"a":5,"b":900}),"biggap":M(WL,vocab={"[UNK]":0,"a":4000000000}),"dupid":M(WL,vocab={"[UNK]":0,"a":1,"b":1}),"negid":M(WL,vocab={"[UNK]":0,"a":-1}),"hugeid":M(WL,vocab={"[UNK]":0,"a":2**32}),"gap-bpe":M(BPE,vocab={"a":10,"b":20,"ab":30,"c":40,"abc":50}),"dup-bpe":M(BPE,vocab={"a":0,"b":1,"ab":1,"c":3,"abc":4}),"gap-wp":M(WP,vocab={"[UNK]":0,"a":7,"##b":9}),"floatid":M(WL,vocab={"[UNK]":0,"a":1.0}),"wl-empty":M(WL,vocab={}),
 "uni":UNI,"uni-notype":M(UNI,type="DEL"),"uni-nounk":M(UNI,unk_id=None),"uni-delunk":M(UNI,unk_id="DEL"),"uni-unk99":M(UNI,unk_id=99),"uni-nobf":M(UNI,byte_fallback="DEL"),"uni-twice":M(UNI,vocab=[["<s>",0.0],["<unk>",0.0],["a",-1.0],["<unk>",0.0],["b",-2.0],["ab",-1.0],["a",-3.0]],unk_id=3),"uni-twice2":M(UNI,vocab=[["<unk>",0.0],["a",-1.0],["b",-2.0],["a",-0.1]],unk_id=0),"uni-empty":M(UNI,vocab=[]),"uni-emptypiece":M(UNI,vocab=[["<unk>",0.0],["",-1.0],["a",-1.0]]),"uni-int":M(UNI,vocab=[["<unk>",0],["a",-1]]),"type-null":M(WL,type=None),"unk-model":{"type":"Foo"}}.items():
    add("model-"+n,T(m,pre_tokenizer=WS),[[0,1,2,3],[5,900,4],[1,3,6]])
A=lambda i,c,**k:{"id":i,"content":c,"single_word":False,"lstrip":False,"rstrip":False,"normalized":False,"special":False,**k}
for n,x in {"min":[{"id":7,"content":"zz"}],"missing-special":[{"id":7,"content":"zz","single_word":False,"lstrip":False,"rstrip":False,"normalized":False}],"known":[A(3,"ab")],"known-wrong":[A(7,"ab")],"wrong-order":[A(8,"zz"),A(7,"yy")],"gap":[A(20,"zz")],"gap2":[A(100,"zz"),A(7,"yy")],"dup":[A(7,"zz"),A(8,"zz")],"dupid":[A(7,"zz"),A(7,"yy")],"empty":[A(7,"")],"taken":[A(1,"zz")],"norm":[A(7,"HELLO",normalized=True)],"sw":[A(7,"a",single_word=True)],"ls":[A(7,"b",lstrip=True,rstrip=True,special=True)],"null":None,"missing":"DEL","obj":{},"dupspecial":[A(7,"zz",special=True),A(8,"zz",special=False)],"spaces":[A(7," ")],"overlap":[A(7,"ab "),A(8,"ab"),A(9,"b")]}.items():
    d=T(added_tokens=x,pre_tokenizer=WS,normalizer={"type":"Lowercase"})
    if x=="DEL": d.pop("added_tokens")
    add("added-"+n,d,[[7,8,1],[20,100]])
for n,k in {"notrunc":"truncation","nopad":"padding","nonorm":"normalizer","nopre":"pre_tokenizer","nopost":"post_processor","nodec":"decoder","nover":"version"}.items():
    d=T(); d.pop(k); add("top-"+n,d)
for n,v in {"v2":"2.0","v1":1.0,"vnull":None}.items(): add("top-"+n,T(version=v))
for n,v in {"ok":{"direction":"Right","max_length":3,"strategy":"LongestFirst","stride":0},"min":{"max_length":3,"strategy":"LongestFirst","stride":0},"bad":{"max_length":3,"strategy":"X","stride":0},"bad2":{}}.items(): add("trunc-"+n,T(truncation=v))
for n,v in {"ok":{"strategy":"BatchLongest","direction":"Right","pad_to_multiple_of":None,"pad_id":0,"pad_type_id":0,"pad_token":"[PAD]"},"fixed":{"strategy":{"Fixed":5},"direction":"Left","pad_to_multiple_of":8,"pad_id":0,"pad_type_id":0,"pad_token":"[PAD]"},"bad":{"strategy":"Foo"}}.items(): add("pad-"+n,T(padding=v))
add("top-extra",{**T(),"foo":1})


def attempt(act):
    """The result, or `None` where the library raises an error or panics."""
    try:
        return act()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def components():
    for name, (specification, decodings) in C.items():
        text = json.dumps(specification, ensure_ascii=False)
        row = {"name": name, "tokenizer": text}
        reference = attempt(lambda: Tokenizer.from_str(text))
        if name in REFUSED_HERE:
            assert reference is not None, name
            row["refused"] = True
        if reference is None or name in REFUSED_HERE:
            yield row
            continue
        reference.no_padding()
        reference.no_truncation()
        row["ids_only"] = name in IDS_ONLY
        row["results"] = [
            attempt(lambda: plain(reference.encode(text) if isinstance(text, str) else reference.encode(*text), False))
            for text in TEXTS]
        row["decodings"] = [
            {"ids": ids, "text": attempt(lambda: reference.decode(ids, skip_special_tokens=False))} for ids in decodings or []]
        yield row


def padding():
    reference = Tokenizer.from_str(json.dumps(T(WP, post_processor=TP, pre_tokenizer=WS)))
    texts = ["a", "ab a b", "", "a b ab ab b a"]
    for length in (None, 3, 6, 20):
        for multiple in (None, 1, 4, 7):
            for direction in ("left", "right"):
                for maximum in (None, 4):
                    reference.enable_padding(
                        direction=direction, pad_id=7, pad_type_id=3, pad_token="[P]", length=length, pad_to_multiple_of=multiple)
                    reference.no_truncation()
                    if maximum:
                        reference.enable_truncation(maximum, stride=1)

                    def row(encoding):
                        return {**plain(encoding, False), "attention": encoding.attention_mask}

                    def whole(encoding):
                        return {**row(encoding), "overflowing": [row(part) for part in encoding.overflowing]}

                    yield {"length": length, "multiple": multiple, "direction": direction, "max_length": maximum,
                           "batch": [whole(encoding) for encoding in reference.encode_batch(texts)],
                           "single": [whole(reference.encode(text)) for text in texts]}


def dropout():
    """How often each way to write a word comes up; the library's own chance, so other counts each time."""
    vocabulary = {piece: index for index, piece in enumerate(["a", "b", "c", "d", "ab", "cd", "abcd", "bc", "abc", "aba"])}
    merges = ["a b", "c d", "ab cd", "b c", "ab c", "ab a"]
    for rate in (0.1, 0.5, 0.9, 1.0):
        model = {"type": "BPE", "dropout": rate, "vocab": vocabulary, "merges": merges}
        reference = Tokenizer.from_str(json.dumps(T(model)))
        counts = {}
        for _ in range(20_000):
            key = " ".join(reference.encode("abcdabc").tokens)
            counts[key] = counts.get(key, 0) + 1
        yield {"rate": rate, "tokenizer": json.dumps(T(model)), "text": "abcdabc", "count": 20_000,
               "ways": dict(sorted(counts.items()))}


def main():
    write("components.golden.json", {
        "tokenizers": tokenizers.__version__, "texts": [text if isinstance(text, list) else [text] for text in TEXTS],
        "components": list(components()), "padding": list(padding()), "dropout": list(dropout())})


main()
