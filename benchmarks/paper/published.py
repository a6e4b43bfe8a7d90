"""What the papers report, as far as it is known here with certainty; everything else is "not known".

V1 is Tan & Le 2019 (arXiv 1905.11946) and its repository's README, V2 Tan & Le 2021 (arXiv 2104.00298).
"""

from __future__ import annotations

NOT_KNOWN = "not known"

# fmt: off
# V1, Table 2: name: (top-1 %, parameters M, FLOPs B); a FLOP is a multiply-add
V1_TABLE_2 = {
    "efficientnet-b0": (77.1, 5.3, 0.39),
    "efficientnet-b1": (79.1, 7.8, 0.70),
    "efficientnet-b2": (80.1, 9.2, 1.0),
    "efficientnet-b3": (81.6, 12.0, 1.8),
    "efficientnet-b4": (82.9, 19.0, 4.2),
    "efficientnet-b5": (83.6, 30.0, 9.9),
    "efficientnet-b6": (84.0, 43.0, 19.0),
    "efficientnet-b7": (84.3, 66.0, 37.0),
}
# V2, Table 7: name: (top-1 %, parameters M); B0 to B3 from the released code's README
V2_TABLE_7 = {
    "efficientnetv2-b0": (78.7, 7.1),
    "efficientnetv2-b1": (79.8, 8.1),
    "efficientnetv2-b2": (80.5, 10.1),
    "efficientnetv2-b3": (82.1, 14.4),
    "efficientnetv2-s":  (83.9, 22.0),
    "efficientnetv2-m":  (85.1, 54.0),
    "efficientnetv2-l":  (85.7, 120.0),
}
V2_TABLE_7_21K = {"efficientnetv2-xl": (87.3, 208.0)}  # from ImageNet-21k; there is no other
# V2, Table 4: operator, stride, channels, layers
TABLE_4 = (
    ("Conv, k3x3",             "2", "24",   "1"),
    ("Fused-MBConv1, k3x3",    "1", "24",   "2"),
    ("Fused-MBConv4, k3x3",    "2", "48",   "4"),
    ("Fused-MBConv4, k3x3",    "2", "64",   "4"),
    ("MBConv4, k3x3, SE0.25",  "2", "128",  "6"),
    ("MBConv6, k3x3, SE0.25",  "1", "160",  "9"),
    ("MBConv6, k3x3, SE0.25",  "2", "256",  "15"),
    ("Conv1x1 & Pooling & FC", "-", "1280", "1"),
)
# V2, Table 6: first and last phase
TABLE_6 = {
    #                    image px      RandAugment  mixup alpha   dropout rate
    "efficientnetv2-s": ((128, 300),   (5, 15),     (0.0, 0.0),   (0.1, 0.3)),
    "efficientnetv2-m": ((128, 380),   (5, 20),     (0.0, 0.2),   (0.1, 0.4)),
    "efficientnetv2-l": ((128, 380),   (5, 25),     (0.0, 0.5),   (0.1, 0.5)),
}
# V2, Table 8: top-1 % and its deviation over five runs
DATA_SETS = ("cifar10", "cifar100", "flowers", "cars")
TABLE_8 = {
    "efficientnetv2-s": ("98.7 ± 0.04", "91.5 ± 0.11", "97.9 ± 0.13", "93.8 ± 0.11"),
    "efficientnetv2-m": ("99.0 ± 0.08", "92.2 ± 0.08", "98.5 ± 0.08", "94.6 ± 0.10"),
    "efficientnetv2-l": ("99.1 ± 0.03", "92.3 ± 0.13", "98.8 ± 0.05", "95.1 ± 0.10"),
}
V1_LATENCY = 5.7              # V1, Table 4: ResNet-152 takes so many times as long as B1 on one core
TABLE_2_SPEED = 2.2           # V2, Table 2: B6 trained at 380 px instead of 512 px, "up to"
TABLE_10_B7 = (139, 54, 84.7, 85.0)  # V2, Table 10: hours and top-1 %, without and with progressive learning
TABLE_12_SPEED = {"ResNet-50": 1.4, "ResNet-152": 2.1, "EfficientNet-B4": 2.2}  # V2, Table 12; accuracy up for all
TABLE_13_GAIN = 0.7           # V2, Table 13: points that adaptive regularisation adds, to either way to change sizes
# fmt: on
