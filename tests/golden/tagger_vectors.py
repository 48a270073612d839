"""Records what the original TensorFlow graphs of musicnn answer, in tests/golden/tagger.json.

Run it where TensorFlow is, with the wheel unpacked (neither is a requirement of wordtone):

    python -m venv /tmp/tf && /tmp/tf/bin/pip install tensorflow-cpu 'librosa>=0.11,<0.12'
    pip download musicnn==0.1.0 --no-deps && unzip musicnn-0.1.0-*.whl -d /tmp/musicnn-wheel
    PYTHONPATH=. /tmp/tf/bin/python tests/golden/tagger_vectors.py /tmp/musicnn-wheel/musicnn

The graph is the one that the wheel carries (MODEL/.meta, written by TensorFlow 1.12 in training),
cut to the nodes that its output needs; the variables are restored by TensorFlow's own reader. The
spectrogram is librosa's, as in the package, in float32. Frames 17 … 203 of the centred spectrogram
are the patch: they lie wholly inside the signal, from sample 4,096.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import librosa
import numpy as np
import tensorflow as tf

from tests.golden.tagger_signals import RATE_HZ, SIGNALS, signal

GOLDEN = Path(__file__).with_name("tagger.json")
MODELS = ("MTT_musicnn", "MSD_musicnn")
FIRST, FRAMES = 17, 187
v1 = tf.compat.v1


def patch(name: str) -> np.ndarray:
    power = librosa.feature.melspectrogram(
        y=signal(name), sr=RATE_HZ, n_fft=512, hop_length=256, n_mels=96
    ).T
    return np.log10(10_000 * power + 1).astype(np.float32)[FIRST : FIRST + FRAMES]


def answers(folder: Path, patches: np.ndarray) -> np.ndarray:
    """Outputs of the graph in `folder`, shape (patches, 50)."""
    meta = v1.MetaGraphDef()
    meta.ParseFromString((folder / ".meta").read_bytes())
    reader = v1.train.NewCheckpointReader(f"{folder}/")
    names = {n.name for n in meta.graph_def.node if n.op == "VariableV2"}
    wanted = sorted(names & set(reader.get_variable_to_shape_map()))
    nodes = ["model/Sigmoid", *(f"{name}/Assign" for name in wanted)]
    with tf.Graph().as_default() as graph, v1.Session() as session:
        v1.import_graph_def(v1.graph_util.extract_sub_graph(meta.graph_def, nodes), name="")
        for name in wanted:
            # The initial value of each variable is fed from the checkpoint instead.
            assign = graph.get_operation_by_name(f"{name}/Assign")
            session.run(assign, {assign.inputs[1]: reader.get_tensor(name)})
        inputs = [op for op in graph.get_operations() if op.type == "Placeholder"]
        feed = {op.outputs[0]: False for op in inputs if op.outputs[0].dtype == tf.bool}
        (audio,) = [op.outputs[0] for op in inputs if op.outputs[0].shape.rank == 3]
        return session.run("model/Sigmoid:0", {**feed, audio: patches})


def main(package: Path) -> None:
    patches = np.stack([patch(name) for name in SIGNALS])
    golden: dict[str, object] = {
        "made_with": f"tensorflow {tf.__version__}, librosa {librosa.__version__}",
        "patch_mean": {
            name: round(float(found.mean()), 6)
            for name, found in zip(SIGNALS, patches, strict=True)
        },
    }
    for model in MODELS:
        found = answers(package / model, patches)
        rows = zip(SIGNALS, found, strict=True)
        golden[model] = {name: [round(float(p), 7) for p in row] for name, row in rows}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")
    print(f"{GOLDEN}: {len(SIGNALS)} signals, {len(MODELS)} models")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
