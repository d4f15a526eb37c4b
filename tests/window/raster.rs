//! Draws what egui wants drawn, pixel by pixel and the same on every machine: no graphics card, no driver. Triangles with
//! colours and textures, blended as they are, which is what egui's own shaders do.

use egui::epaint::{ClippedPrimitive, Primitive, Vertex};
use egui::{Color32, Pos2, Rect, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use image::{Rgba, RgbaImage};
use std::collections::HashMap;

type Colour = [f32; 4];

/// A texture, its colours between 0 and 1 and multiplied by their alpha.
struct Texture {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
}

impl Texture {
    fn at(&self, x: isize, y: isize) -> Colour {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.pixels[y * self.width + x]
    }

    /// Between the four nearest.
    fn sample(&self, u: f32, v: f32) -> Colour {
        let (x, y) = (u * self.width as f32 - 0.5, v * self.height as f32 - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right_share, lower_share) = (x - left, y - top);
        let (left, top) = (left as isize, top as isize);
        let mix = |a: Colour, b: Colour, share: f32| std::array::from_fn(|at| a[at] + (b[at] - a[at]) * share);
        let upper = mix(self.at(left, top), self.at(left + 1, top), right_share);
        let lower = mix(self.at(left, top + 1), self.at(left + 1, top + 1), right_share);
        mix(upper, lower, lower_share)
    }
}

fn colour(colour: Color32) -> Colour {
    colour.to_array().map(|part| f32::from(part) / 255.0)
}

/// The renderer.
#[derive(Default)]
pub(crate) struct Raster {
    textures: HashMap<TextureId, Texture>,
}

impl TestRenderer for Raster {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, patches) in &delta.set {
            for patch in patches {
                let egui::ImageData::Color(image) = &patch.image;
                let [width, height] = image.size;
                let pixels: Vec<Colour> = image.pixels.iter().copied().map(colour).collect();
                match (patch.pos, self.textures.get_mut(id)) {
                    (Some([left, top]), Some(texture)) => {
                        for (row, pixels) in pixels.chunks(width).enumerate() {
                            let start = (top + row) * texture.width + left;
                            texture.pixels[start..start + width].copy_from_slice(pixels);
                        }
                    }
                    _ => drop(self.textures.insert(*id, Texture { width, height, pixels })),
                }
            }
        }
        for id in &delta.free {
            self.textures.remove(id);
        }
        delta.clear();
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<RgbaImage, String> {
        let scale = output.pixels_per_point;
        let size = ctx.content_rect().size() * scale;
        let (width, height) = (size.x.round() as usize, size.y.round() as usize);
        let mut canvas = Canvas { width, height, pixels: vec![[0.0, 0.0, 0.0, 1.0]; width * height] };
        for ClippedPrimitive { clip_rect, primitive } in ctx.tessellate(output.shapes.clone(), scale) {
            let Primitive::Mesh(mesh) = primitive else { return Err("a callback cannot be drawn here".to_owned()) };
            let texture = self.textures.get(&mesh.texture_id).ok_or("a texture is missing")?;
            for corners in mesh.indices.chunks_exact(3) {
                let corners = [0, 1, 2].map(|at| {
                    let vertex = mesh.vertices[corners[at] as usize];
                    Vertex { pos: (vertex.pos.to_vec2() * scale).to_pos2(), ..vertex }
                });
                canvas.triangle(corners, texture, clip_rect * scale);
            }
        }
        Ok(canvas.image())
    }
}

struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
}

/// Twice the area of the triangle, positive where `c` lies at the right of the way from `a` to `b`.
fn edge(a: Pos2, b: Pos2, c: Pos2) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// Whether pixels on this edge belong to the triangle: of two that share an edge, to one of them.
fn owns(a: Pos2, b: Pos2) -> bool {
    (a.y > b.y) || (a.y - b.y).abs() < f32::EPSILON && a.x < b.x
}

impl Canvas {
    fn triangle(&mut self, [a, mut b, mut c]: [Vertex; 3], texture: &Texture, clip: Rect) {
        let mut area = edge(a.pos, b.pos, c.pos);
        if area < 0.0 {
            std::mem::swap(&mut b, &mut c);
            area = -area;
        }
        if area.abs() < f32::EPSILON {
            return;
        }
        let bounds = Rect::from_points(&[a.pos, b.pos, c.pos]).intersect(clip);
        let range = |from: f32, to: f32, most: usize| {
            ((from - 0.5).ceil().max(0.0) as usize)..((to - 0.5).ceil().clamp(0.0, most as f32) as usize)
        };
        let sides = [(b.pos, c.pos), (c.pos, a.pos), (a.pos, b.pos)];
        let owned = sides.map(|(from, to)| owns(from, to));
        let colours = [a, b, c].map(|vertex| colour(vertex.color));
        for y in range(bounds.top(), bounds.bottom(), self.height) {
            for x in range(bounds.left(), bounds.right(), self.width) {
                let point = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
                let weights = sides.map(|(from, to)| edge(from, to, point));
                let inside = weights.iter().zip(owned).all(|(weight, owned)| *weight > 0.0 || owned && *weight == 0.0);
                if !inside {
                    continue;
                }
                let [wa, wb, wc] = weights.map(|weight| weight / area);
                let place = wa * a.uv.to_vec2() + wb * b.uv.to_vec2() + wc * c.uv.to_vec2();
                let texel = texture.sample(place.x, place.y);
                let pixel = &mut self.pixels[y * self.width + x];
                let source: Colour = std::array::from_fn(|at| {
                    texel[at] * (wa * colours[0][at] + wb * colours[1][at] + wc * colours[2][at])
                });
                for at in 0..4 {
                    pixel[at] = source[at] + pixel[at] * (1.0 - source[3]);
                }
            }
        }
    }

    fn image(&self) -> RgbaImage {
        RgbaImage::from_fn(self.width as u32, self.height as u32, |x, y| {
            Rgba(self.pixels[y as usize * self.width + x as usize].map(|part| (part * 255.0).round() as u8))
        })
    }
}
