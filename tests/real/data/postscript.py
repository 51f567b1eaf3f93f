"""Prints PAGES of PostScript: fonts, curves, clipping, shading, patterns, images, recursion."""

import sys

pages = int(sys.argv[1])

sys.stdout.write("""\
%!PS-Adobe-3.0
/fonts [/Times-Roman /Helvetica-Bold /Courier /Times-Italic /Symbol] def
/seed 7 def
/chance { seed 16807 mul 65537 mod /seed exch def seed exch mod } def

/branch { % depth length: a tree, drawn by recursion
    0 0 moveto 0 1 index lineto stroke
    0 1 index translate
    exch 1 sub exch
    1 index 0 gt {
        2 copy 0.7 mul gsave 25 rotate branch grestore
        2 copy 0.75 mul gsave -20 rotate branch grestore
    } if
    pop pop
} bind def

/words { % how many strings to keep in a dictionary and read again
    dup dict begin
    0 1 2 index 1 sub { dup 20 string cvs cvn exch 30 string def } for
    currentdict length exch pop
    end
} bind def

/hatched <<
    /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 12 12] /XStep 12 /YStep 12
    /PaintProc { pop 0.8 0.2 0.1 setrgbcolor 0 0 moveto 12 12 lineto 2 setlinewidth stroke }
>> matrix makepattern def
""")

for page in range(pages):
    sys.stdout.write(f"""\
%%Page: {page + 1} {page + 1}
gsave
0 1 40 {{
    /row exch def
    fonts row {page} add 5 mod get findfont 8 row 7 mod add scalefont setfont
    72 40 row 18 mul add moveto
    row 41 div 0.3 {page % 10} 10 div setrgbcolor
    (Row ) show row 10 string cvs show ( of page {page}: the quick brown fox, ) show
    100000 chance 10 string cvs show
}} for
grestore
gsave
300 400 {120 + page % 60} 0 360 arc clip newpath
<< /ShadingType 3 /ColorSpace /DeviceRGB /Coords [300 400 10 320 420 160] /Extend [true true]
   /Function << /FunctionType 2 /Domain [0 1] /C0 [1 {page % 5} 5 div 0] /C1 [0 0 1] /N 1.5 >> >> shfill
0 1 300 {{
    pop 600 chance 800 chance moveto
    600 chance 800 chance 600 chance 800 chance 600 chance 800 chance curveto
    100 chance 100 div setgray stroke
}} for
grestore
gsave /Pattern setcolorspace hatched setcolor 40 600 100 120 rectfill grestore
gsave 450 60 translate 0.5 setlinewidth 9 50 branch grestore
gsave
60 80 translate 150 150 scale
/line 64 string def
64 64 8 [64 0 0 64 0 0] {{ 0 1 63 {{ line exch 256 chance put }} for line }} image
grestore
2000 words pop
save 100000 string pop 1 1 500 {{ array pop }} for restore
showpage
""")
