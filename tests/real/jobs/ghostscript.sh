about='ghostscript: draws generated PostScript pages to images, makes a PDF of them, draws and reads that'
needs=(/usr/bin/gs=ghostscript)

prepare() {
    python3 "$data/postscript.py" "$(size 3 40)" >pages.ps
}

job() {
    local gs=(gs -q -dNOPAUSE -dBATCH -dSAFER "--permit-file-read=$input/")
    heap "${gs[@]}" -sDEVICE=ppmraw -r"$(size 75 150)" -dTextAlphaBits=4 -dGraphicsAlphaBits=4 \
        -sOutputFile=page-%d.ppm "$input/pages.ps"
    heap "${gs[@]}" -sDEVICE=pdfwrite -sOutputFile=pages.pdf "$input/pages.ps"
    heap "${gs[@]}" -sDEVICE=pnggray -r60 -dNumRenderingThreads=2 -dMaxBitmap=500000 \
        -dBufferSpace=1000000 -sOutputFile=from-pdf-%d.png pages.pdf
    heap "${gs[@]}" -sDEVICE=txtwrite -sOutputFile=- pages.pdf
    heap "${gs[@]}" -sDEVICE=ps2write -sOutputFile=back.ps pages.pdf
}

# These tell when they were made; what they show is in the images and in the text.
report() {
    rm pages.pdf back.ps
}
