"""Files of every format, made by hand after its public description, of one spectrum that is known exactly."""

import json

import numpy as np

FREQ_HZ = np.array([1e4, 1e3, 1e2, 1e1, 1.0, 0.1])
Z_OHM = 20 + 100 / (1 + (2j * np.pi * FREQ_HZ * 1e-3) ** 0.9)
POINTS = [(float(f), float(z.real), float(z.imag)) for f, z in zip(FREQ_HZ, Z_OHM, strict=True)]


def rows(form: str, scale: float = 1.0) -> str:
    """A line a point: `form` has {n}, {f}, {re}, {im}, {minus}, {mod}, {deg}, {rad} where they shall stand."""
    lines = []
    for n, (f, re, im) in enumerate(POINTS):
        z = complex(re, im) * scale
        values = {"n": n, "f": f"{f:.9e}", "re": f"{z.real:.9e}", "im": f"{z.imag:.9e}", "minus": f"{-z.imag:.9e}",
                  "mod": f"{abs(z):.9e}", "deg": f"{np.degrees(np.angle(z)):.9e}",
                  "rad": f"{np.angle(z):.9e}"}  # fmt: skip
        lines.append(form.format(**values))
    return "\n".join(lines) + "\n"


GAMRY_HEAD = "EXPLAIN\nTAG\tEISPOT\nTITLE\tLABEL\tPellet 7\tTest &Identifier\nNOTES\tNOTES\t1\t&Notes...\n\tby hand\n"
GAMRY_NAMES = "\tPt\tTime\tFreq\tZreal\tZimag\tZsig\tZmod\tZphz\n\t#\ts\tHz\tohm\tohm\tV\tohm\t°\n"
GAMRY = GAMRY_HEAD + "ZCURVE\tTABLE\n" + GAMRY_NAMES + rows("\t{n}\t2\t{f}\t{re}\t{im}\t1\t{mod}\t{deg}")
DRIFT_NAMES = (
    "\tPt\tTime\tFreq\tZreal\tZimag\tZmod\tZphz\tZrealDrCor\tZimagDrCor\tZmodDrCor\tZphzDrCor\n"
    "\t#\ts\tHz\tohm\tohm\tohm\t°\tohm\tohm\tohm\t°\n"
)
GAMRY_DRIFT = (
    GAMRY_HEAD
    + "ZCURVE\tTABLE\n"
    + DRIFT_NAMES
    + rows("\t{n}\t2\t{f}\t7{re}\t{im}\t{mod}\t{deg}\t{re}\t{im}\t{mod}\t{deg}").replace(".", ",")
)

MPT_NAMES = "freq/Hz\tRe(Zce)/Ohm\t-Im(Zce)/Ohm\tRe(Z)/Ohm\t-Im(Z)/Ohm\t|Z|/Ohm\tPhase(Z)/deg\ttime/s\tcycle number\t\n"
MPT_ROW = "{f}\t0\t0\t{re}\t{minus}\t{mod}\t{deg}\t5\t"
MPT = "EC-Lab ASCII FILE\nNb header lines : 5\n\nDevice : VSP-300\n" + MPT_NAMES + rows(MPT_ROW + "0")
MPT_THREE = MPT.replace("|Z|/Ohm\tPhase(Z)/deg", "Re(Zwe-ce)/Ohm\t-Im(Zwe-ce)/Ohm").replace("\t0\t0\t", "\t2.5\t1E+0\t")
MPT_LOOPS = (
    "EC-Lab ASCII FILE\nNb header lines : 6\nNumber of loops : 2\nLoop 0 from point number 0 to 6\n"
    "Loop 1 from point number 7 to 12\n"
    + MPT_NAMES
    + (MPT_ROW + "1\n").format(f="0", re="5", minus="0", mod="5", deg="0")
    + rows(MPT_ROW + "1")
    + rows(MPT_ROW + "1", 2.0)
)

ZPLOT_NAMES = "Freq(Hz)\tAmpl\tBias\tTime(Sec)\tZ'(a)\tZ''(b)\tGD\tErr\tRange\n"
ZPLOT = (
    "ZPLOT2 ASCII\n  Date:      10-12-2018\n  Begin User Comments:  0\n  End User Comments:  0\n  Data Points:    6\n  "
    + ZPLOT_NAMES
    + "End Comments\n"
    + rows("{f}\t1.0E-02\t0\t2.5\t{re}\t{im}\t0\t0\t4")
)
ZPLOTW = (
    '"ZPlotW Data File: Version 3.2c"\n"Raw Data"\nDate: 12-17-2019    Time: 16:24:35\n0,3,0,1,300000,0.005\n8\n'
    "\"  Freq(Hz)    Ampl     Bias   Time(Sec)   Z'(a)    Z''(b)    GD   Err   Range\"\n"
    + rows("{f}, 1.0E-02, 0, 2.5, {re}, {im}, 0, 0, 5")
)
Z60W = (
    '"Z60W Data File: Version 1.1"\n""\n""\n0,2,0,1,0.1,10000\n6\n'
    "\"  Freq (Hz)    Ampl     Bias   Time(Sec)   Z'(a)    Z''(b)    GD   Err   Range\"\n"
    + rows("{f},0,0,0,{re},{im},0,0,0")
)

NOVA = "Index;Frequency (Hz);Z' (Ω);-Z'' (Ω);Z (Ω);-Phase (°);Time (s)\n" + rows("{n};{f};{re};{minus};{mod};3;1")
FRA = (
    "Procedure : a cell\n12.05.2004 10:11:12 - 12.05.2004 10:31:12 i(init)= 183.1nA\nDescription\nt =  736.4 s\n"
    " f/Hz       \t Z'/Ohm     \t -Z''/Ohm   \t time/s    \t Edc/V     \t Idc/A     \t\n 6 \n"
    + rows(" {f}\t {re}\t {minus}\t 59.3\t 30.9e-02\t 18.3e-08\t")
)
PARSTAT = (
    "Potential (V)\tCurrent (A)\tElapsed Time (s)\tFrequency (Hz)\tZre (ohms)\tZim (ohms)\t|Vac| (V)\t|Iac| (A)\t\n"
    "3.49\t-0.15\t10\t0\t0\t0\t0\t0\t\n3.48\t-0.15\t20\t0\t0\t0\t0\t0\t\n"
    + rows("3.3\t0\t30\t{f}\t{re}\t{im}\t0.01\t0.001\t")
)
POWERSUITE = "Frequency\t Zre\t Zimg\n" + rows("{f}\t {re}\t {im}")
CHI = (
    "Feb. 20, 2020   15:55:08\nA.C. Impedance\nFile: c:\\data\\a.bin\nData Source:  Experiment\n"
    "Instrument Model:  CHI660E\nHeader: \nNote: \n\nInit E (V) = 0\nHigh Frequency (Hz) = 1e+4\nImp SF\n\n"
    "Freq/Hz, Z'/ohm, Z\"/ohm, Z/ohm, Phase/deg\n\n" + rows("{f}, {re}, {im}, {mod}, {deg}")
)

PAR_NAMES = (
    "Definition=Segment #, Point #, E(V), I(A), Elapsed Time(s), Frequency(Hz), E Real, E Imag, I Real, I Imag, "
    "Z Real, Z Imag, E2 Status, Z2 Real, Z2 Imag, ActionId, AC Amplitude, 0\n"
)
PAR_ROW = "{n},0,0,1.8,{f},-0.003,-0.01,-9E-05,-3E-4,{re},{im},0,0,0,21,0.02"
VERSASTUDIO = (
    "<Application>\nName=VersaStudio\nVersion=2.52.3.0\n</Application>\n\n<Instrument>\nType=VersaSTAT4\n"
    "</Instrument>\n\n<Segment1>\nType=2\nVersion=3\n"
    + PAR_NAMES
    + "0,0,0,0,1.8,0,0,0,0,0,0,0,0,0,0,0,21,0.02\n"
    + rows("0," + PAR_ROW)
    + rows("1," + PAR_ROW, 3.0)
    + "</Segment1>\n\n<Graph1>\nXAxisType=Frequency (Hz)\n</Graph1>\n<DockingLayout>\n<?xml version='1.0'?>\n"
)

DFR = "VERSION8.0\n6\n0\n" + rows("{f}\n{re}\n{minus}\n0.1\n1e-6\n12\n0\n0\n0")
I2B = "A cell\nat 800 degrees\n\nsome more\n6\n" + rows("{f} {re} {im}")
IVIUM_PART = "Title={title}\x1c\r\nMethod={method}\r\nstarttime=2020-01-02 10:00:00\r\n\x01primary_data\r\n3\r\n"
IVIUM = (
    IVIUM_PART.format(title="first", method="Impedance")
    + "6\r\n"
    + rows(" {re} {im} {f}").replace("\n", "\r\n")
    + IVIUM_PART.format(title="a voltammogram", method="CyclicVoltammetry")
    + "3\r\n 0 1E-6 0.1\r\n 1 1E-6 0.3\r\n 2 1E-6 0.9\r\n"
    + IVIUM_PART.format(title="second", method="Impedance")
    + "6\r\n"
    + rows(" {re} {im} {f}", 2.0).replace("\n", "\r\n")
)


def palmsens_dataset(scale: float = 1.0) -> dict[str, object]:
    """A data set of impedance as PSTrace writes it, with columns that are none of it around."""

    def column(unit: str, sign: str, values: list[float]) -> dict[str, object]:
        return {"Type": "PalmSens.Data.DataArray", "Description": unit, "Unit": {"Type": f"PalmSens.Units.{unit}",
                "Q": sign}, "DataValues": [{"V": value} for value in values]}  # fmt: skip

    return {"Type": "PalmSens.Data.DataSetEIS", "Values": [
        column("MicroAmpere", "i", [0.0] * 6),
        column("Hertz", "Frequency", [f for f, _, _ in POINTS]),
        column("ZRe", "Z'", [scale * re for _, re, _ in POINTS]),
        column("ZIm", "-Z''", [-scale * im for _, _, im in POINTS]),
        column("Phase", "-Phase", [0.0] * 6)]}  # fmt: skip


def palmsens() -> str:
    """A session with a voltammogram and a measurement of impedance on two channels."""
    channels = [{"Title": f"CH {k}: 6 freqs", "DataSet": palmsens_dataset(k)} for k in (1, 2)]
    return json.dumps({"Type": "PalmSens.DataFiles.SessionFile", "Measurements": [
        {"Title": "CV", "DataSet": {"Type": "PalmSens.Data.DataSetCommon", "Values": []}},
        {"Title": "Impedance", "EISDataList": channels, "DataSet": palmsens_dataset(2)}]})  # fmt: skip


# name: (format that reads it, text); the first spectrum in each is Z_OHM unless a test says otherwise
TEXTS = {
    "gamry": ("Gamry DTA", GAMRY),
    "biologic": ("BioLogic EC-Lab text", MPT),
    "biologic loops": ("BioLogic EC-Lab text", MPT_LOOPS),
    "zplot": ("ZPlot", ZPLOT),
    "zplotw": ("ZPlot", ZPLOTW),
    "z60w": ("ZPlot", Z60W),
    "nova": ("Autolab text", NOVA),
    "fra": ("Autolab text", FRA),
    "parstat": ("PARSTAT text", PARSTAT),
    "powersuite": ("PowerSuite text", POWERSUITE),
    "chi": ("CH Instruments text", CHI),
    "versastudio": ("VersaStudio", VERSASTUDIO),
    "eco chemie": ("Eco Chemie dfr", DFR),
    "elchemea": ("Elchemea i2b", I2B),
    "ivium": ("Ivium", IVIUM),
    "palmsens": ("PalmSens session", palmsens()),
}
